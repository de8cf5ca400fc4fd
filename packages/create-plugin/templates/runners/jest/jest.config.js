// What the compiler made is tested as it is: ECMAScript modules without a transform.
export default { testEnvironment: 'node', roots: ['<rootDir>/dist'], transform: {}, testTimeout: 60_000 };

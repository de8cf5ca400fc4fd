/** Links, images, scripts and styles of a folder of pages that lead nowhere. */
export function deadLinks(folder: string): { page: string; href: string }[];

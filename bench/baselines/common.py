"""What the baselines share: the network's sizes, timing by the median, and reading tensors written by the bench as safetensors."""
import json
import resource
import struct
import time

import numpy as np

DIMS = [784, 512, 512, 512, 10]
WIDTH = 512
BATCH = 64
FIXED_PER_UNIT = [64, 64, 64, 256]


def median_seconds(work, repeat):
    """Median wall seconds of `repeat` calls after one unmeasured call."""
    work()
    runs = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        runs.append(time.perf_counter() - start)
    return sorted(runs)[len(runs) // 2]


def peak_megabytes():
    """Largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report(job, baseline, seconds, **more):
    print(json.dumps(dict(job=job, baseline=baseline, seconds=seconds, **more)), flush=True)


def load_tensors(path):
    """The float32/int32 tensors of a safetensors file as numpy arrays."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    dtypes = {"F32": np.float32, "I32": np.int32}
    return {
        name: np.frombuffer(data[entry["data_offsets"][0] : entry["data_offsets"][1]], dtypes[entry["dtype"]]).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }

"""What the baselines share: the network's sizes, timing, taking turns with the bench, and reading tensors that it wrote as safetensors."""
import json
import resource
import struct
import sys
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


def take_turns(works, before=None):
    """Takes turns with the bench. `works`: name -> call, or (call, factor) where what is reported is `factor` times one call; `before`: the
    memory to compare with, where some of the work has been done already.

    Runs each once, then writes their names and the memory that they took; after every line read it runs each again and writes
    [wall seconds, processor seconds] of each."""
    works = {name: work if isinstance(work, tuple) else (work, 1) for name, work in works.items()}
    before = peak_megabytes() if before is None else before
    for work, _ in works.values():
        work()
    print(json.dumps(dict(names=list(works), megabytes=peak_megabytes() - before)), flush=True)
    for _ in sys.stdin:
        turns = []
        for work, factor in works.values():
            wall, processor = time.perf_counter(), time.process_time()
            work()
            turns.append([factor * (time.perf_counter() - wall), factor * (time.process_time() - processor)])
        print(json.dumps(turns), flush=True)


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

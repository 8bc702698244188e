"""The quickstart's load client in a process of its own, so that no other work of Python disturbs its schedule.

`python -m benchmarks.open_loop URL --rate 200 --key-file FILE` sends until its input ends, then prints every request
as JSON: [seconds of `time.monotonic` when it was due, latency in ms, whether it failed].
"""

import argparse
import json
import sys
from pathlib import Path

from examples.quickstart.load import LoadClient


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--key-file", type=Path, required=True)
    options = parser.parse_args()
    client = LoadClient(options.url, options.key_file.read_text().strip(), options.rate, {"text": "hello"})
    client.start()
    sys.stdin.read()
    result = client.stop()
    assert result.sent == len(result.samples), "the client forgot requests; send for a shorter time"
    print(json.dumps([(one.scheduled, one.latency_ms, one.is_failed) for one in result.samples]))


if __name__ == "__main__":
    main()

"""Peak memory of the whole process at 2,000 and at 22,688 photos: what a photo adds.

The peak is reached while a part is written and depends on what the other threads hold at that moment: it varies by some MB, and a
long run has more such moments. So a round is one run of 22,688 photos and eleven of 2,000, which write as many parts; the highest
peak of the eleven stands for the short run, and the mean of the rounds' differences is what photos add. Features of input size 96
take the same memory as others once they are computed, and a fifth of the time. (The peak of a whole long run is damaged.py's.)

    python bench/end_to_end/memory.py --model efficientnet-lite0
"""

import argparse
import statistics

import setting

SHORT_RUNS = 11
SMALL = ("--input-size", "96")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    model = arguments.model
    print(f"# {setting.machine()}; {model}")
    added = []
    for _ in range(arguments.rounds):
        few = [setting.run(setting.two_thousand_photos(), model, *SMALL) for _ in range(SHORT_RUNS)]
        many = setting.run(setting.all_photos(), model, *SMALL)
        photos = many.record["counts"]["photos"] - few[0].record["counts"]["photos"]
        added.append((many.peak_bytes - max(run.peak_bytes for run in few)) / photos)
        peaks = ", ".join(f"{run.peak_bytes / 1e6:.1f}" for run in [*few, many])
        print(f"# peaks in MB: {peaks}: {added[-1]:.0f} bytes a photo", flush=True)
    setting.number(f"memory that a photo adds, {model}", max(0.0, statistics.mean(added)), "bytes", at_most=160)


if __name__ == "__main__":
    main()

"""Peak memory of the whole process at 2,000 and at 22,688 photos: what a photo adds.

The peak is reached while a part is written and depends on what the other threads hold at that moment. So a round is one
run of 22,688 photos and eleven of 2,000, which write as many parts, and the highest peaks are compared.

    python bench/end_to_end/memory.py --model efficientnet-lite0
"""

import argparse

import setting

SHORT_RUNS = 11


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="efficientnet-lite0")
    parser.add_argument("--rounds", type=int, default=1)
    model = parser.parse_args().model
    rounds = parser.parse_args().rounds
    print(f"# {setting.machine()}; {model}")
    few = [setting.run(setting.two_thousand_photos(), model) for _ in range(SHORT_RUNS * rounds)]
    many = [setting.run(setting.all_photos(), model) for _ in range(rounds)]
    photos = many[0].record["counts"]["photos"] - few[0].record["counts"]["photos"]
    low, high = max(m.peak_bytes for m in few), max(m.peak_bytes for m in many)
    print("# peaks in MB: " + ", ".join(f"{m.peak_bytes / 1e6:.1f}" for m in [*few, *many]))
    print(f"# images/s: 2,000 photos {few[-1].record['images_per_second']:.1f}, 22,688 photos {many[-1].record['images_per_second']:.1f}")
    setting.number(f"peak memory, 22,688 photos, {model}", high / 1e6, "MB", at_most=900)
    setting.number(f"memory that a photo adds, {model}", max(0.0, (high - low) / photos), "bytes", at_most=160)


if __name__ == "__main__":
    main()

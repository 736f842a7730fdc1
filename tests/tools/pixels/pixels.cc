// What the image room makes of files, for comparison with other programs.
//
//   fruits_pixels < list        each line: path TAB fit TAB filter TAB width TAB height TAB rotate (0 or 1);
//   width 0: decode only
//                               answer:    "ok WIDTH HEIGHT SHA256-of-the-RGB-bytes" or "rejected REASON", or
//                               "wrong LINE"
//   fruits_pixels --max-pixels N < list
//   fruits_pixels --bench ROUNDS FOLDER
//                               CPU microseconds a photo, one line a round:
//                               "decode resize both" (bicubic to 224 x 224; `both` is decode and resize in
//                               one loop)
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/sha256.h"
#include "fruits/core/try.h"
#include "fruits/image/decode.h"
#include "fruits/image/fit.h"

namespace fruits {
namespace {

struct Job {
  std::string path;
  Fit fit = Fit::kFull;
  Filter filter = Filter::kBicubic;
  int width = 0;
  int height = 0;
  bool rotate = true;
};

std::optional<int> ParseInt(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Job> ParseJob(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const std::size_t tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) break;
    line.remove_prefix(tab + 1);
  }
  if (fields.size() != 6) return std::nullopt;
  const auto fit = ParseFit(fields[1]);
  const auto filter = ParseFilter(fields[2]);
  const auto width = ParseInt(fields[3]), height = ParseInt(fields[4]);
  if (!fit || !filter || !width || !height) return std::nullopt;
  return Job{std::string(fields[0]), *fit, *filter, *width, *height, fields[5] == "1"};
}

std::vector<std::byte> ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

// Jobs on one file follow each other: it is decoded once.
struct LastPicture {
  std::string path;
  bool rotate = false;
  Image image;
};

Status Run(const Job& job, std::uint64_t max_pixels, Resizer& resizer, LastPicture& last, Image& out) {
  if (last.path != job.path || last.rotate != job.rotate) {
    last.path.clear();
    FRUITS_CHECK(
        Decode(ReadAll(job.path), {.max_pixels = max_pixels, .exif_rotate = job.rotate}, last.image));
    last.path = job.path;
    last.rotate = job.rotate;
  }
  if (job.width == 0) {
    out = last.image;
    return {};
  }
  out.Resize(job.width, job.height);
  return FitImage(last.image, job.fit, job.filter, job.width, job.height, resizer, out.rgb);
}

void Answer(std::uint64_t max_pixels) {
  Resizer resizer;
  LastPicture last;
  Image out;
  std::string line;
  while (std::getline(std::cin, line)) {
    const auto job = ParseJob(line);
    if (!job) {
      fmt::print("wrong {}\n", line);
    } else if (const Status done = Run(*job, max_pixels, resizer, last, out); !done) {
      fmt::print("rejected {}\n", done.error().message());
    } else {
      fmt::print("ok {} {} {}\n", out.width, out.height, ToHex(Sha256Of(std::as_bytes(std::span(out.rgb)))));
    }
    std::fflush(stdout);
  }
}

double CpuMicroseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) * 1e-3;
}

constexpr int kSide = 224;

struct Round {
  double decode = 0, resize = 0, both = 0;
};

Result<Round> Measure(const std::vector<std::vector<std::byte>>& files, Resizer& resizer) {
  Round round;
  std::vector<Image> images(files.size());
  std::vector<std::uint8_t> tensor(std::size_t{3} * kSide * kSide);
  Image reused;
  double start = CpuMicroseconds();
  for (const auto& file : files) {
    FRUITS_CHECK(Decode(file, {}, reused));
    FRUITS_CHECK(resizer.Resize(reused, Filter::kBicubic, kSide, kSide, tensor));
  }
  round.both = CpuMicroseconds() - start;
  start = CpuMicroseconds();
  for (const auto& file : files) FRUITS_CHECK(Decode(file, {}, reused));
  round.decode = CpuMicroseconds() - start;
  for (std::size_t i = 0; i < files.size(); ++i) FRUITS_CHECK(Decode(files[i], {}, images[i]));
  start = CpuMicroseconds();
  for (const Image& image : images)
    FRUITS_CHECK(resizer.Resize(image, Filter::kBicubic, kSide, kSide, tensor));
  round.resize = CpuMicroseconds() - start;
  const auto count = static_cast<double>(files.size());
  return Round{round.decode / count, round.resize / count, round.both / count};
}

int Bench(int rounds, const std::string& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<std::vector<std::byte>> files;
  for (const auto& path : paths) files.push_back(ReadAll(path));
  if (files.empty()) return 2;
  Resizer resizer;
  for (int i = 0; i < rounds; ++i) {
    const auto round = Measure(files, resizer);
    if (!round) {
      fmt::print(stderr, "{}\n", round.error().message());
      return 1;
    }
    fmt::print("{:.3f} {:.3f} {:.3f}\n", round->decode, round->resize, round->both);
  }
  return 0;
}

int Main(const std::vector<std::string>& arguments) {
  if (arguments.size() == 3 && arguments[0] == "--bench")
    return Bench(ParseInt(arguments[1]).value_or(1), arguments[2]);
  if (arguments.size() == 2 && arguments[0] == "--max-pixels") {
    Answer(static_cast<std::uint64_t>(ParseInt(arguments[1]).value_or(0)));
    return 0;
  }
  if (!arguments.empty()) return 2;
  Answer(DecodeOptions{}.max_pixels);
  return 0;
}

}  // namespace
}  // namespace fruits

int main(int argc, char** argv) { return fruits::Main({argv + 1, argv + argc}); }

// Fruit-like photos to try things on, as Fruits-360 has them: one fruit a photo, turning frame by frame on
// white.
//
//   Result<SamplesSummary> done = RenderSamples({.directory = "sample-fruit"});
//   // sample-fruit/Apple Red 1/0_100.jpg, 1_100.jpg, ...: frame and size in the name
//
// The first half of a kind's photos turn upright, the second half lying. The same options give the same
// bytes, on any machine. Memory: a few pictures a thread. Speed: about 14 ms of one core a photo of 100 x
// 100.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "fruits/core/error.h"

namespace fruits::samples {

struct SamplesOptions {
  std::string directory;     // made if it does not exist
  int kinds = 12;            // the first N of KindNames(), which stand far apart; 0: all 23
  int photos_per_kind = 40;  // 1 to 10,000
  int size = 100;            // pixels each way, 16 to 2048
  std::uint64_t seed = 1;    // another seed, other fruit of the same kinds
  bool overwrite = false;    // of a folder that this function filled; its photos are replaced
  int threads = 0;           // 0: all that this process may use
};

struct SamplesSummary {
  std::size_t kinds = 0;
  std::size_t photos = 0;
};

// Called after each photo, by one thread at a time.
using SamplesProgress = std::function<void(std::size_t done, std::size_t total)>;

std::vector<std::string> KindNames();

// kInvalidArgument: an option out of range. kFailedPrecondition: the directory is not empty (and overwrite is
// not set, or it was not filled by this function, so that real photos are never lost). kIo; kCancelled: what
// is there by then stays, and overwrite replaces it.
Result<SamplesSummary> RenderSamples(const SamplesOptions& options, const SamplesProgress& progress = {},
                                     std::stop_token stop = {});

}  // namespace fruits::samples

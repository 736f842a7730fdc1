// How far a run is, as events for whoever draws them. Called from one of the run's threads, at most ten times
// a second within a phase and once at the start of each; be short.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace fruits {

enum class Phase { kListing, kFeaturizing, kFitting, kProjecting, kPublishing, kDone };
std::string_view ToString(Phase phase);  // "listing", "featurizing", ...

struct Progress {
  Phase phase = Phase::kListing;
  std::uint64_t done = 0;   // rows of this phase
  std::uint64_t total = 0;  // 0: not known yet
  std::uint64_t rejected = 0;
  double seconds = 0;            // since the run began
  double images_per_second = 0;  // of this phase
  double seconds_left = 0;       // of this phase; 0: not known
};

using OnProgress = std::function<void(const Progress&)>;

}  // namespace fruits

// From how far a run was at which moments: what starting took, and what a photo takes once all stages are
// busy. Threads: plain functions.
#pragma once

#include <cstdint>
#include <span>

namespace fruits {

struct Moment {
  std::uint64_t done = 0;   // photos
  double wall_seconds = 0;  // since the run began
  double cpu_seconds = 0;   // of the process
};

struct SteadyRate {
  double start_seconds = 0;  // before the first photo, had all gone as fast as the later ones
  double photo_seconds = 0;
  double core_seconds = 0;  // CPU time a photo
  double tail_seconds = 0;  // after the last photo: the last part of features is written
  // CPU time of the same.
  double start_cpu_seconds = 0;
  double tail_cpu_seconds = 0;
  bool is_line = false;  // two moments had photos between them; else no stage may have been busy
};

// The last three quarters of the photos count: before that, stages are filling. Photos are done at the last
// of `moments`, their features written at `end`. A small sample is all in one part, whose writing comes then,
// while in a long run it goes on beside the other work: its CPU time is spread over the photos and over
// `cpus`. Where there are not two moments with photos between them, all of the time from the first moment to
// the end is that of `end.done` photos; all are 0 where that is 0 too.
SteadyRate SteadyRateOf(std::span<const Moment> moments, const Moment& end, int cpus);
// Photos a second from the first moment to the last; 1 where that cannot be told.
double RateOf(std::span<const Moment> moments);

}  // namespace fruits

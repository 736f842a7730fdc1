// What a photo costs on this machine in one arithmetic: measured by running the chain on a sample.
//
//   FRUITS_TRY(const PhotoCost cost, MeasurePhotoCost({.run = options, .scratch = "/tmp/fruits-plan"}, {}));
//   cost.HereSeconds(22'688);
//
// Threads: one caller. Memory: that of a run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "fruits/core/error.h"
#include "fruits/pipeline/options.h"
#include "fruits/pipeline/run.h"

namespace fruits {

// Of more photos a run's pictures show a part, and take no longer.
inline constexpr std::uint64_t kMostPictured = 100'000;

struct PhotoCost {
  std::string model = {};
  std::string precision = {};  // "f32", "int8"
  bool measured = true;        // else taken from f32 by an assumed ratio
  std::string reason = {};     // why it is not measured
  std::uint64_t photos = 0;    // it was measured on
  // Once a run.
  double start_seconds = 0;   // until photos stream: the model loads, the listing begins
  double fit_seconds = 0;     // scaler and PCA
  double finish_seconds = 0;  // the last part, and what of projecting and publishing does not grow
  // All three for a machine that does nothing else: of each the clock's time or the CPU's, whichever is less.
  double carried_seconds = 0;
  // A photo, in seconds.
  double photo_seconds = 0;    // with all cores at it
  double core_seconds = 0;     // CPU time of all threads
  double network_share = 1;    // of core_seconds; the rest decodes and resizes
  double read_seconds = 0;     // one reader, for one photo
  double after_seconds = 0;    // projecting and publishing, without pictures
  double picture_seconds = 0;  // report and plots, of the first kMostPictured photos
  double moments_seconds = 0;  // one thread; beside the network, or on Spark's driver
  double photo_bytes = 0;
  double result_bytes = 0;  // features, thumbnails, results
  bool is_steady = true;    // a rate was seen; else `photo_seconds` has the start in it

  double PictureSeconds(double photo_count) const;
  // What photos got of so many CPUs while they streamed: 0.95 where nothing else is done.
  double CpuShare(int cpus) const;
  // The whole run of so many photos on this machine.
  double HereSeconds(double photo_count) const;
};

// Whether all inputs are files: then no bucket is waited for.
bool AreFiles(std::span<const std::string> inputs);

struct MeasureOptions {
  RunOptions run;       // inputs, model, precision and what else makes a photo's cost
  std::string scratch;  // an empty folder, for the sample's results
  std::size_t sample = 500;
  double seconds = 30;  // about; the sample is made smaller where it would take longer
};

// Two runs of the chain, on a few photos and on the sample, and projections of both with pictures and
// without: the differences are what grows with photos. Of `hooks` only stop and on_progress count. Errors of
// Run(); kInvalidArgument: fewer than kFewestPhotos photos.
inline constexpr std::size_t kFewestPhotos = 8;
Result<PhotoCost> MeasurePhotoCost(const MeasureOptions& options, const RunHooks& hooks);

}  // namespace fruits

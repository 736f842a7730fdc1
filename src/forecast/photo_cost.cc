#include "fruits/forecast/photo_cost.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <vector>

#include "forecast/steady_rate.h"
#include "fruits/core/cpu_share.h"
#include "fruits/core/try.h"
#include "fruits/pipeline/fitted_folder.h"
#include "fruits/report/report_page.h"
#include "fruits/report/run_painter.h"
#include "fruits/stats/moments.h"

namespace fruits {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kProbePhotos = 24;
static_assert(kMostPictured == ReportPageOptions{}.max_points);

// One run of the chain as a user's would be, and what was seen of it.
struct Seen {
  RunSummary summary;
  std::vector<Moment> moments;  // the run's beginning, and of featurizing
  Moment end;                   // the features are written
  double prepare_seconds = 0;   // threads decoded, resized and made thumbnails
  double read_seconds = 0;      // threads read
  double bytes = 0;
  double after_seconds = 0;  // projecting and publishing
  // CPU time of the fit, and of what comes after it.
  double fit_cpu_seconds = 0;
  double after_cpu_seconds = 0;
};

Result<Seen> RunOnce(RunOptions options, std::size_t sample, std::string output, const RunHooks& hooks) {
  // A bucket is listed whole for a sample that is spread; its first photos are at hand at once.
  (AreFiles(options.inputs) ? options.sample : options.limit) = sample;
  options.output = std::move(output);
  options.max_rejected = 1;
  Seen seen;
  seen.moments.push_back({.cpu_seconds = CpuSeconds()});
  StageTimes times;
  RunPainter painter({.thumbnails = options.report_thumbnails});
  RunHooks own{.stop = hooks.stop, .painter = &painter, .times = &times};
  std::map<Phase, double> began;  // CPU time
  own.on_progress = [&](const Progress& progress) {
    began.try_emplace(progress.phase, CpuSeconds());
    if (progress.phase == Phase::kFeaturizing) {
      seen.moments.push_back(
          {.done = progress.done, .wall_seconds = progress.seconds, .cpu_seconds = CpuSeconds()});
    }
    if (progress.phase == Phase::kFitting)
      seen.end = {.wall_seconds = progress.seconds, .cpu_seconds = CpuSeconds()};
    if (hooks.on_progress) hooks.on_progress(progress);
  };
  FRUITS_TRY(seen.summary, Run(options, own));
  seen.end.done = seen.summary.counts.photos;
  const auto seconds = [](const std::atomic<std::int64_t>& ns) {
    return static_cast<double>(ns.load()) * 1e-9;
  };
  seen.prepare_seconds = seconds(times.decode_ns) + seconds(times.resize_ns) + seconds(times.thumbnail_ns);
  seen.read_seconds = seconds(times.read_ns);
  seen.bytes = static_cast<double>(times.bytes_read.load());
  seen.after_seconds = seen.summary.seconds["projecting"] + seen.summary.seconds["publishing"];
  seen.fit_cpu_seconds = began[Phase::kProjecting] - began[Phase::kFitting];
  seen.after_cpu_seconds = began[Phase::kDone] - began[Phase::kProjecting];
  return seen;
}

// The least CPU time of three calls: what others do on the machine adds little to it.
Result<double> LeastCpuSeconds(const std::function<Status()>& call) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 3; ++i) {
    const double before = CpuSeconds();
    FRUITS_CHECK(call());
    least = std::min(least, CpuSeconds() - before);
  }
  return least;
}

// For a row of so many columns.
double MomentsSeconds(std::size_t dimension) {
  constexpr std::size_t kRows = 256;
  if (dimension > kMaxCovarianceDimension) return 0;
  std::vector<float> rows(kRows * dimension);
  for (std::size_t i = 0; i < rows.size(); ++i)
    rows[i] = static_cast<float>(i * 2'654'435'761U % 1000) * 0.01F;
  Moments moments(dimension);
  const MatrixView<const float> block(rows.data(), kRows, dimension);
  return LeastCpuSeconds([&] { return moments.Add(block); }).value_or(0) / kRows;
}

// CPU time of reading stored features, projecting and publishing, for all rows of a run's folder.
struct After {
  double without_pictures = 0;
  double with_pictures = 0;
};

Result<After> AfterSeconds(const RunOptions& like, const std::string& folder, const RunHooks& hooks) {
  RunOptions options;
  options.inputs = {folder};
  options.output = folder + "-projected";
  options.working_directory = like.working_directory;
  After after;
  FRUITS_TRY(after.without_pictures, LeastCpuSeconds([&]() -> Status {
               FRUITS_CHECK(ProjectFeatures(options, folder, {.stop = hooks.stop}));
               return {};
             }));
  FRUITS_TRY(after.with_pictures, LeastCpuSeconds([&]() -> Status {
               RunPainter painter({.thumbnails = like.report_thumbnails});
               FRUITS_CHECK(ProjectFeatures(options, folder, {.stop = hooks.stop, .painter = &painter}));
               return {};
             }));
  return after;
}

// Of what grows with photos: all but the pictures and the fit.
double ResultBytes(const std::string& output) {
  double bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator it(output, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().string().substr(output.size());
    if (it->is_regular_file(error) &&
        (name.starts_with("/features") || name.starts_with("/thumbs") || name.starts_with("/pca_result")))
      bytes += static_cast<double>(it->file_size(error));
  }
  return bytes;
}

// Start, fit and finish without what others did on this machine meanwhile: a thread that waits for its turn
// uses no CPU time, and threads side by side use more of it than of the clock's. `growing`: of what comes
// after the fit, what the number of photos makes.
double CarriedSeconds(const Seen& seen, const SteadyRate& steady, double growing, bool are_files) {
  // A bucket's listing is waited for on any machine.
  const double start =
      are_files ? std::min(steady.start_seconds, steady.start_cpu_seconds) : steady.start_seconds;
  const double fit = std::min(seen.summary.seconds.at("fitting"), seen.fit_cpu_seconds);
  const double tail = std::min(steady.tail_seconds, steady.tail_cpu_seconds);
  return start + fit + tail + std::max(0.0, std::min(seen.after_seconds, seen.after_cpu_seconds) - growing);
}

int CpusOf(const RunOptions& options) { return options.threads > 0 ? options.threads : UsableCpus(); }

Result<Seen> Probe(const MeasureOptions& options, const RunHooks& hooks) {
  auto probe =
      RunOnce(options.run, std::min(kProbePhotos, options.sample), options.scratch + "/probe", hooks);
  if (!probe && probe.error().message().find("--components") != std::string::npos) {
    return Fail(ErrorCode::kInvalidArgument,
                fmt::format("INPUT: expected at least {} photos that can be used, to measure on; {}",
                            kFewestPhotos, probe.error().message()));
  }
  return probe;
}

}  // namespace

double PhotoCost::PictureSeconds(double photo_count) const {
  return picture_seconds * std::min(photo_count, static_cast<double>(kMostPictured));
}

double PhotoCost::CpuShare(int cpus) const {
  return photo_seconds > 0 ? core_seconds / (std::max(1, cpus) * photo_seconds) : 1;
}

double PhotoCost::HereSeconds(double photo_count) const {
  return start_seconds + fit_seconds + finish_seconds + photo_count * (photo_seconds + after_seconds) +
         PictureSeconds(photo_count);
}

bool AreFiles(std::span<const std::string> inputs) {
  return std::ranges::all_of(inputs, [](const std::string& input) {
    return input.find("://") == std::string::npos || input.starts_with("file://");
  });
}

Result<PhotoCost> MeasurePhotoCost(const MeasureOptions& options, const RunHooks& hooks) {
  FRUITS_TRY(const Seen probe, Probe(options, hooks));
  // The first photos are slow, so this rate is a careful one.
  const double rate = RateOf(std::span(probe.moments).subspan(1));
  const double left = std::max(1.0, options.seconds - probe.summary.seconds.at("total"));
  const auto fits = static_cast<std::size_t>(std::clamp(left * rate, 2.0 * kProbePhotos, 1e6));
  const std::string output = options.scratch + "/sample";
  FRUITS_TRY(const Seen seen, RunOnce(options.run, std::min(options.sample, fits), output, hooks));

  const SteadyRate steady = SteadyRateOf(seen.moments, seen.end, CpusOf(options.run));
  const double photos = std::max(1.0, static_cast<double>(seen.summary.counts.photos));
  PhotoCost cost{.model = seen.summary.model,
                 .precision = seen.summary.precision,
                 .reason = {},
                 .photos = seen.summary.counts.photos,
                 .start_seconds = steady.start_seconds,
                 .photo_seconds = steady.photo_seconds,
                 .core_seconds = steady.core_seconds,
                 .is_steady = steady.is_line};
  cost.fit_seconds = seen.summary.seconds.at("fitting");
  FRUITS_TRY(const After few, AfterSeconds(options.run, options.scratch + "/probe", hooks));
  FRUITS_TRY(const After many, AfterSeconds(options.run, output, hooks));
  const double more = photos - static_cast<double>(probe.summary.counts.photos);
  const auto growth = [more](double least, double most) {
    return more > 0 ? std::max(0.0, most - least) / more : 0;
  };
  cost.after_seconds = growth(few.without_pictures, many.without_pictures);
  cost.picture_seconds =
      growth(few.with_pictures - few.without_pictures, many.with_pictures - many.without_pictures);
  const double growing = photos * cost.after_seconds + cost.PictureSeconds(photos);
  cost.finish_seconds = steady.tail_seconds + std::max(0.0, seen.after_seconds - growing);
  cost.carried_seconds = CarriedSeconds(seen, steady, growing, AreFiles(options.run.inputs));
  if (cost.core_seconds > 0)
    cost.network_share = 1 - std::min(0.9, seen.prepare_seconds / photos / cost.core_seconds);
  cost.read_seconds = seen.read_seconds / photos;
  cost.photo_bytes = seen.bytes / photos;
  cost.result_bytes = ResultBytes(output) / photos;
  Storage storage;
  if (const auto fitted = ReadFittedFolder(storage, output, options.run.working_directory))
    cost.moments_seconds = MomentsSeconds(fitted->pca.dimension());
  return cost;
}

}  // namespace fruits

#include "run_metrics.h"

#include <fmt/format.h>

#include <string_view>

#include "fruits/core/version.h"
#include "process_facts.h"

namespace fruits::cli {
namespace {

constexpr Phase kPhases[] = {Phase::kListing,    Phase::kFeaturizing, Phase::kFitting,
                             Phase::kProjecting, Phase::kPublishing,  Phase::kDone};

// One metric after another, each with its help and type.
class Exposition {
 public:
  void Begin(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
  }

  // `labels`: empty, or like {stage="read"}.
  template <typename Number>
  void Sample(Number value, std::string_view labels = "") {
    text_ += fmt::format("{}{} {}\n", name_, labels, value);
  }

  template <typename Number>
  void Gauge(std::string_view name, std::string_view help, Number value) {
    Begin(name, "gauge", help);
    Sample(value);
  }

  template <typename Number>
  void Counter(std::string_view name, std::string_view help, Number value) {
    Begin(name, "counter", help);
    Sample(value);
  }

  std::string Take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

double Seconds(const std::atomic<std::int64_t>& ns) { return static_cast<double>(ns.load()) * 1e-9; }

void AddPhotos(Exposition& text, const Progress& photos) {
  if (photos.total > 0)
    text.Gauge("fruits_photos_listed", "Photos of the run; missing until all are listed.", photos.total);
  text.Counter("fruits_photos_done_total", "Photos that are done, those kept from an earlier run included.",
               photos.done);
  text.Counter("fruits_photos_rejected_total", "Of them, those that could not be used.", photos.rejected);
  text.Gauge("fruits_images_per_second", "Photos a second since featurizing began.",
             photos.images_per_second);
}

void AddStages(Exposition& text, const StageTimes& times) {
  text.Counter("fruits_read_bytes_total", "Bytes of the photos that were read.", times.bytes_read.load());
  text.Begin("fruits_stage_thread_seconds_total", "counter",
             "Seconds that threads spent in a stage, summed over threads.");
  text.Sample(Seconds(times.read_ns), "{stage=\"read\"}");
  text.Sample(Seconds(times.decode_ns), "{stage=\"decode\"}");
  text.Sample(Seconds(times.resize_ns), "{stage=\"resize\"}");
  text.Sample(Seconds(times.thumbnail_ns), "{stage=\"thumbnail\"}");
  text.Sample(Seconds(times.wait_for_slot_ns), "{stage=\"wait_for_network\"}");
  text.Begin("fruits_queue_photos", "gauge",
             "Photos that wait: read, for a decoder; in all, before their place.");
  text.Sample(times.waiting_to_decode.load(), "{queue=\"decode\"}");
  text.Sample(times.in_flight.load(), "{queue=\"in_flight\"}");
}

void AddProcess(Exposition& text) {
  const ProcessFacts process = ReadProcessFacts();
  text.Counter("process_cpu_seconds_total", "User and system CPU time in seconds.", process.cpu_seconds);
  text.Gauge("process_resident_memory_bytes", "Resident memory size in bytes.", process.resident_bytes);
  text.Gauge("process_virtual_memory_bytes", "Virtual memory size in bytes.", process.virtual_bytes);
  text.Gauge("process_start_time_seconds", "Start time since the epoch in seconds.", process.start_seconds);
  text.Gauge("process_open_fds", "Open file descriptors.", process.open_files);
  text.Gauge("process_threads", "Threads.", process.threads);
}

}  // namespace

void RunMetrics::Show(const Progress& progress) {
  const std::lock_guard lock(mutex_);
  last_ = progress;
  if (progress.phase == Phase::kFeaturizing) photos_ = progress;
}

std::string RunMetrics::Text() const {
  Progress last;
  Progress photos;
  {
    const std::lock_guard lock(mutex_);
    last = last_;
    photos = photos_;
  }
  Exposition text;
  text.Begin("fruits_build_info", "gauge", "Always 1; the version is a label.");
  text.Sample(1, fmt::format("{{version=\"{}\"}}", Version()));
  text.Begin("fruits_phase", "gauge", "1 for the phase that the run is in.");
  for (const Phase phase : kPhases)
    text.Sample(phase == last.phase ? 1 : 0, fmt::format("{{phase=\"{}\"}}", ToString(phase)));
  text.Gauge("fruits_phase_rows_done", "Rows that the phase has done.", last.done);
  text.Gauge("fruits_phase_rows", "Rows of the phase; 0: not known.", last.total);
  text.Gauge("fruits_phase_seconds_left",
             "Seconds that the phase still takes at its speed so far; 0: not known.", last.seconds_left);
  AddPhotos(text, photos);
  AddStages(text, times_);
  AddProcess(text);
  return text.Take();
}

}  // namespace fruits::cli

// Everything a run can be told, declared once: the command line's flags, run.json's "options" and Python's
// arguments all come from OptionTable().
//
//   RunOptions options;
//   options.inputs = {"photos"};
//   FRUITS_CHECK(SetOption(options, "components", "12"));
//
// Threads: a value type.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/image/decode.h"
#include "fruits/image/fit.h"
#include "fruits/image/resize.h"
#include "fruits/model/bundle.h"
#include "fruits/model/feature_extractor.h"

namespace fruits {

enum class OnError { kSkip, kFail };

struct RunOptions {
  std::vector<std::string> inputs;
  std::string output;
  // What is listed.
  std::vector<std::string> globs;
  std::string label = "parent";
  std::size_t limit = 0;
  std::size_t sample = 0;
  // How a photo becomes a feature row: all of these are in the fingerprint.
  std::string model = "efficientnet-lite0";
  std::optional<Precision> precision;  // none: the bundle's own
  bool best_precision = false;         // what this CPU does best, by what is installed
  int input_size = 0;
  Pooling pooling = Pooling::kAverage;
  Fit fit = Fit::kFull;
  std::optional<Filter> resize_filter;  // none: the bundle's
  bool exif_rotate = true;
  BareModelOptions bare_model;  // only for --model FILE.onnx or FILE.xml
  // What is fitted and written.
  std::size_t components = 7;
  double variance = 0;
  bool center = true;
  bool with_mean = false;
  bool with_scaled = false;
  bool thumbnails = true;
  std::optional<std::size_t> report_thumbnails;  // in report.html; none: as many as keep it within 25 MB
  // How it runs.
  std::string models;           // the store: a folder, or s3://bucket/folder
  std::string cache_directory;  // for compiled models and those fetched from buckets; empty: none
  std::string working_directory;
  int batch_size = 0;
  int threads = 0;
  std::uint64_t max_pixels = DecodeOptions{}.max_pixels;
  OnError on_error = OnError::kSkip;
  double max_rejected = 0.01;  // share of the photos seen
  bool retry_rejected = false;
  bool overwrite = false;
  bool force = false;
  double price_per_hour = 0;  // of what it runs on; 0: not told
};

// Which commands take an option.
enum OptionScope : unsigned { kForExtract = 1, kForFit = 2, kForProject = 4, kForRun = 7 };

struct OptionInfo {
  std::string_view name;   // "batch_size"
  std::string_view flag;   // "--batch-size"; a switch that turns something off is "--no-..."
  std::string_view value;  // what follows the flag in the help, "N"; empty: a switch
  std::string_view help;   // one line
  unsigned scope;
  bool repeatable;
  // kInvalidArgument names the flag, the value and what was expected; a switch is set with "true" or "false".
  Status (*set)(RunOptions& options, std::string_view text);
  // The present value as JSON text.
  std::string (*json)(const RunOptions& options);
  bool is_switch() const { return value.empty(); }
};

std::span<const OptionInfo> OptionTable();
Status SetOption(RunOptions& options, std::string_view name,
                 std::string_view text);  // kInvalidArgument: no such option

// Checks what no single option can know: inputs and output given, components against the catalog come later.
Status CheckOptions(const RunOptions& options, unsigned scope);

// "auto" -> no number, "none" -> 0, "250" -> 250. None: anything else, and numbers above 100,000.
std::optional<std::optional<std::size_t>> ParseThumbnailCount(std::string_view text);

// "0.01", "1%" -> 0.01.
std::optional<double> ParseShare(std::string_view text);

}  // namespace fruits

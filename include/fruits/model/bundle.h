// A model and everything needed to feed it: <store>/<name>/bundle.json beside model.onnx or model.xml/.bin.
//
//   Result<Bundle> bundle = LoadBundle("/models/resnet50");
//
// One in a bucket is found by ModelStore and brought to the disk by FetchBundle.
// Threads: a value type. Reading touches only bundle.json; VerifyBundle reads all files.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/image/resize.h"

namespace fruits {

enum class ColorOrder { kRgb, kBgr };
enum class Precision { kF32, kBf16, kInt8 };
std::string_view ToString(Precision precision);  // "f32", "bf16", "int8"

// What `fruits models quantize` asks of an int8 model where it is told nothing else.
inline constexpr double kMinCosine = 0.985;
inline constexpr double kMaxAccuracyDrop = 0.005;
// Photos that it must be judged on, and not calibrated on, before it is taken unasked: of fewer, a single one
// is more than half a point.
inline constexpr std::int64_t kMinJudgedPhotos = 200;

// What an int8 bundle says of the f32 one that it was made from, by its quality report.
struct QuantizedFrom {
  std::map<std::string, std::string> sha256;  // of that bundle's files
  double cosine = 0;                          // mean of the photos' features to that bundle's
  std::optional<double> accuracy_drop;  // share of the photos, the worse of two measures; none: not known
  std::optional<double> accuracy_drop_standard_error;  // of the same measure; none: not known
  // What it was judged on, and how many of these photos it was calibrated on; none: not known.
  std::optional<std::int64_t> evaluation_photos;
  std::optional<std::int64_t> evaluation_calibrated_on;
  std::optional<double> speed_ratio;  // its images/s over that bundle's; none: not known
  std::string speed_isa;              // IsaName() of the CPU that it was measured on; empty: not known
  // How the photos became features then, as the options of these names.
  std::string pooling = "avg";
  int input_size = 0;  // 0: the model's own
  std::string fit = "full";
  std::string filter = "auto";  // auto: the model's own
  // The floors that it was held to.
  double min_cosine = kMinCosine;
  double max_accuracy_drop = kMaxAccuracyDrop;
};
// For people: "accuracy -0.10 points (standard error 0.25)", "accuracy not known".
std::string DescribeAccuracy(const QuantizedFrom& from);

struct Bundle {
  std::string name;  // "resnet50"
  std::string version;
  std::string directory;   // where it was loaded from: a folder, or s3://bucket/folder
  std::string model_file;  // within directory: "model.xml" or "model.onnx"
  int input_width = 224;
  int input_height = 224;
  ColorOrder color_order = ColorOrder::kRgb;  // what the model wants; photos are RGB
  std::array<float, 3> mean{0, 0, 0};  // in the model's channel order, on 0..255: x' = (x - mean) / scale
  std::array<float, 3> scale{1, 1, 1};
  Filter resize_filter = Filter::kBicubic;
  std::string feature_map_output;         // tensor name, N x C x h x w, before pooling
  std::string features_output;            // tensor name after pooling; may be empty: the map is averaged
  std::size_t dimension = 0;              // of the pooled features (C)
  std::string logits_output;              // may be empty
  std::vector<std::string> classes;       // names of the logits; may be empty
  Precision precision = Precision::kF32;  // of the weights: kF32, or kInt8 for a quantized model
  std::string isa;                        // ISA class an int8 model's quality was measured on; may be empty
  std::optional<QuantizedFrom> quantized_from;
  std::string source;                         // where the weights come from, for people
  std::string licence;                        // SPDX id or words
  std::map<std::string, std::string> sha256;  // file name -> hex digest, every file but bundle.json
};

// kNotFound: no bundle.json there; kCorrupt names the field, its value and what was expected.
Result<Bundle> LoadBundle(const std::string& directory);
// The same from the text of a bundle.json that lies in `directory`.
Result<Bundle> ParseBundle(const std::string& text, const std::string& directory);
// Every file exists on this disk and has its digest. kCorrupt names the file and both digests.
Status VerifyBundle(const Bundle& bundle);
// The same where `digest_of` reads the files, by their addresses; its kNotFound is a missing file.
Status VerifyBundle(const Bundle& bundle,
                    const std::function<Result<std::string>(const std::string& file)>& digest_of);
// Identity of what computes the features: SHA-256 (hex) over the model files' digests and every field that
// changes a number (input, colour, mean, scale, filter, outputs, precision).
std::string ModelHash(const Bundle& bundle);

// Preprocessing for a bare .onnx or .xml given by path; zero or empty means read it from the model.
struct BareModelOptions {
  int input_width = 0;
  int input_height = 0;
  ColorOrder color_order = ColorOrder::kRgb;
  std::array<float, 3> mean{0, 0, 0};
  std::array<float, 3> scale{1, 1, 1};
  Filter resize_filter = Filter::kBicubic;
  std::string output = {};  // tensor to take features from; default: the model's only output
  bool operator==(const BareModelOptions&) const = default;
};
// A bundle for a model file outside any store. Reads the file once for its digest (and the .bin of an .xml,
// the external weights of an .onnx) and its shapes. An output of rows is taken as the features, a map is
// averaged; its channels stand where the input's do. A model with FakeQuantize nodes is an int8 bundle.
// kNotFound, kInvalidArgument (not .onnx/.xml, not one image input, output missing or ambiguous).
Result<Bundle> BundleFromModelFile(const std::string& path, const BareModelOptions& options);

}  // namespace fruits

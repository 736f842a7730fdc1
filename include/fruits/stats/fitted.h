// fitted/: a scaler, a PCA and the moments they came from, as two files. Another K, whitening or a classifier
// need no photos.
//
//   auto files = SerializeFitted(fitted);         // write tensors.safetensors, then metadata.json
//   auto fitted = ParseFitted(metadata, tensors);
//
// tensors.safetensors, all float64, D columns, K components, E eigenvalues (D, or the number of rows for wide
// data):
//   mean [D]  std [D] (0: constant column)  components [K, D]  eigenvalues [E]  total_variance [1]
//   with moments: count [1]  scatter [D * (D + 1) / 2] (upper triangle packed by rows)  min [D]  max [D]
//   with labels, L of them: label_count [L]  label_mean [L, D]
// metadata.json: format "fruits.fitted", format_version, dimension (D), components (K), count (n), options
// {with_mean, with_std, center}, fingerprint, labels (the L names in the tensors' order, with labels only),
// tensors {file, sha256}.
//
// Threads: one caller per folder. Memory: the tensors, once (17 MB at D = 2048 + 16 KB a label), and as much
// for the files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/stats/label_means.h"
#include "fruits/stats/moments.h"
#include "fruits/stats/pca.h"

namespace fruits {

inline constexpr int kFittedFormatVersion = 1;
inline constexpr std::string_view kFittedTensorsFile = "tensors.safetensors";
inline constexpr std::string_view kFittedMetadataFile = "metadata.json";

struct Fitted {
  Pca pca;                         // with its scaler
  std::uint64_t count = 0;         // rows it was fitted on
  std::optional<Moments> moments;  // none for wide data
  std::optional<LabelMeans> labels;
  std::string fingerprint;  // of the features; may be empty
};

// The two files' contents, in the order they must be written: tensors.safetensors, then metadata.json (which
// holds the former's sha256).
struct FittedFiles {
  std::string tensors;   // tensors.safetensors
  std::string metadata;  // metadata.json
};
// kInvalidArgument: parts of different dimension or count, a label or fingerprint that is not UTF-8.
Result<FittedFiles> SerializeFitted(const Fitted& fitted);
// kCorrupt names the field or tensor and what was expected (format version, shape, dtype, sha256). Tensors
// and fields it does not know are left alone.
Result<Fitted> ParseFitted(std::string_view metadata, std::string_view tensors);

}  // namespace fruits

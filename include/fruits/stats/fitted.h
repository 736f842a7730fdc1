// fitted/: a scaler, a PCA and the moments they came from, as metadata.json + tensors.safetensors (float64): mean, std,
// components [K, D], eigenvalues, total_variance, and where there are moments: count, scatter (packed), min, max, and
// label counts and means (labels named in metadata.json). Another K, whitening or a classifier need no photos.
//
// Threads: one caller per folder. Memory: the tensors, once (17 MB at D = 2048 + 16 KB a label).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "fruits/core/error.h"
#include "fruits/stats/label_means.h"
#include "fruits/stats/moments.h"
#include "fruits/stats/pca.h"

namespace fruits {

inline constexpr int kFittedFormatVersion = 1;

struct Fitted {
  Pca pca;                              // with its scaler
  std::uint64_t count = 0;              // rows it was fitted on
  std::optional<Moments> moments;       // none for wide data
  std::optional<LabelMeans> labels;
  std::string fingerprint;              // of the features; may be empty
};

// The two files' contents, in the order they must be written: tensors.safetensors, then metadata.json (which holds the
// former's sha256).
struct FittedFiles {
  std::string tensors;   // tensors.safetensors
  std::string metadata;  // metadata.json
};
Result<FittedFiles> SerializeFitted(const Fitted& fitted);
// kCorrupt names the field or tensor and what was expected (format version, shape, dtype, sha256).
Result<Fitted> ParseFitted(std::string_view metadata, std::string_view tensors);

}  // namespace fruits

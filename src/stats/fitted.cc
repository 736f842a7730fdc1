#include "fruits/stats/fitted.h"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "fruits/core/sha256.h"
#include "fruits/core/try.h"
#include "fruits/stats/safetensors.h"

namespace fruits {
namespace {

using nlohmann::json;
using Tensors = std::map<std::string, Tensor>;

constexpr std::string_view kFormatName = "fruits.fitted";

Status CheckTogether(const Fitted& fitted) {
  const std::size_t d = fitted.pca.dimension();
  const auto fail = [](std::string what) {
    return Fail(ErrorCode::kInvalidArgument, "fitted: " + std::move(what));
  };
  if (fitted.moments && fitted.moments->dimension() != d) {
    return fail(
        fmt::format("moments of {} columns beside a projection of {}", fitted.moments->dimension(), d));
  }
  if (fitted.moments && fitted.moments->count() != fitted.count) {
    return fail(fmt::format("moments of {} rows, but count is {}", fitted.moments->count(), fitted.count));
  }
  if (fitted.labels && fitted.labels->dimension() != d) {
    return fail(
        fmt::format("label means of {} columns beside a projection of {}", fitted.labels->dimension(), d));
  }
  return {};
}

// What metadata.json says, already checked by itself.
struct Metadata {
  std::size_t dimension = 0, components = 0;
  std::uint64_t count = 0;
  StandardScaler::Options scaling;
  bool center = true;
  std::string fingerprint, sha256;
  std::optional<std::vector<std::string>> labels;
};

std::unexpected<Error> Corrupt(std::string what) {
  return Fail(ErrorCode::kCorrupt, "fitted: " + std::move(what));
}

// The member `name` of `object` as T, or what is wrong with it.
template <typename T>
Status Read(const json& object, const char* name, T& into) {
  const auto found = object.find(name);
  bool fits = found != object.end();
  if constexpr (std::is_same_v<T, bool>) {
    fits = fits && found->is_boolean();
  } else if constexpr (std::is_same_v<T, std::string>) {
    fits = fits && found->is_string();
  } else {
    fits = fits && found->is_number_unsigned();
  }
  if (!fits) return Corrupt(fmt::format("metadata.json: '{}' is missing or of another type", name));
  into = found->get<T>();
  return {};
}

Status ReadLabels(const json& root, Metadata& metadata) {
  const auto found = root.find("labels");
  if (found == root.end()) return {};
  if (!found->is_array()) return Corrupt("metadata.json: 'labels' is not a list");
  std::vector<std::string> labels;
  for (const json& label : *found) {
    if (!label.is_string()) return Corrupt("metadata.json: 'labels' holds something that is no text");
    labels.push_back(label.get<std::string>());
    if (labels.size() > 1 && !(labels[labels.size() - 2] < labels.back())) {
      return Corrupt("metadata.json: 'labels' are not in byte order, each once");
    }
  }
  metadata.labels = std::move(labels);
  return {};
}

Result<Metadata> ReadMetadata(std::string_view text) {
  const json root = json::parse(text, nullptr, false);
  if (!root.is_object()) return Corrupt("metadata.json is not a JSON object");
  std::string format;
  std::uint64_t version = 0;
  FRUITS_CHECK(Read(root, "format", format));
  FRUITS_CHECK(Read(root, "format_version", version));
  if (format != kFormatName || version != kFittedFormatVersion) {
    return Corrupt(fmt::format("metadata.json: format is '{}' version {}, expected '{}' version {}", format,
                               version, kFormatName, kFittedFormatVersion));
  }
  Metadata metadata;
  FRUITS_CHECK(Read(root, "dimension", metadata.dimension));
  FRUITS_CHECK(Read(root, "components", metadata.components));
  FRUITS_CHECK(Read(root, "count", metadata.count));
  FRUITS_CHECK(Read(root, "fingerprint", metadata.fingerprint));
  const auto options = root.find("options");
  if (options == root.end() || !options->is_object()) return Corrupt("metadata.json: 'options' is missing");
  FRUITS_CHECK(Read(*options, "with_mean", metadata.scaling.with_mean));
  FRUITS_CHECK(Read(*options, "with_std", metadata.scaling.with_std));
  FRUITS_CHECK(Read(*options, "center", metadata.center));
  const auto tensors = root.find("tensors");
  if (tensors == root.end() || !tensors->is_object()) return Corrupt("metadata.json: 'tensors' is missing");
  FRUITS_CHECK(Read(*tensors, "sha256", metadata.sha256));
  FRUITS_CHECK(ReadLabels(root, metadata));
  return metadata;
}

// Takes the values of a tensor whose shape must be `shape`.
Result<std::vector<double>> Take(Tensors& tensors, const std::string& name,
                                 const std::vector<std::size_t>& shape) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) return Corrupt(fmt::format("tensor '{}' is missing", name));
  if (found->second.shape != shape) {
    return Corrupt(fmt::format("tensor '{}' has shape {}, expected {}", name,
                               json(found->second.shape).dump(), json(shape).dump()));
  }
  return std::move(found->second.values);
}

// A count kept as float64: whole and small enough to be exact.
Result<std::uint64_t> AsCount(double value, const std::string& name) {
  if (value >= 0 && value <= 9007199254740992.0 && value == std::floor(value))
    return static_cast<std::uint64_t>(value);
  return Corrupt(fmt::format("tensor '{}' holds {}, expected a count", name, value));
}

Result<Moments> TakeMoments(const Metadata& metadata, const std::vector<double>& mean, Tensors& tensors) {
  const std::size_t d = metadata.dimension;
  FRUITS_TRY(const std::vector<double> count, Take(tensors, "count", {1}));
  FRUITS_TRY(const std::uint64_t rows, AsCount(count[0], "count"));
  if (rows != metadata.count) {
    return Corrupt(fmt::format("tensor 'count' is {}, metadata.json says {}", rows, metadata.count));
  }
  // d is as large as the tensor 'mean', which was read, so d * (d + 1) / 2 is far from overflow.
  FRUITS_TRY(std::vector<double> scatter, Take(tensors, "scatter", {d * (d + 1) / 2}));
  FRUITS_TRY(std::vector<double> min, Take(tensors, "min", {d}));
  FRUITS_TRY(std::vector<double> max, Take(tensors, "max", {d}));
  return Moments::FromParts(rows, mean, std::move(scatter), std::move(min), std::move(max));
}

Result<LabelMeans> TakeLabels(const Metadata& metadata, Tensors& tensors) {
  const std::size_t d = metadata.dimension;
  const std::vector<std::string>& names = *metadata.labels;
  FRUITS_TRY(const std::vector<double> counts, Take(tensors, "label_count", {names.size()}));
  FRUITS_TRY(const std::vector<double> means, Take(tensors, "label_mean", {names.size(), d}));
  LabelMeans labels(d);
  for (std::size_t i = 0; i < names.size(); ++i) {
    FRUITS_TRY(const std::uint64_t count, AsCount(counts[i], "label_count"));
    FRUITS_CHECK(labels.Set(names[i], count, std::span(means).subspan(i * d, d)));
  }
  return labels;
}

Result<Fitted> Assemble(Metadata metadata, Tensors tensors) {
  const std::size_t d = metadata.dimension;
  const std::size_t k = metadata.components;
  FRUITS_TRY(std::vector<double> mean, Take(tensors, "mean", {d}));
  FRUITS_TRY(std::vector<double> std, Take(tensors, "std", {d}));
  FRUITS_TRY(std::vector<double> components, Take(tensors, "components", {k, d}));
  FRUITS_TRY(const std::vector<double> total, Take(tensors, "total_variance", {1}));
  const auto found = tensors.find("eigenvalues");
  if (found == tensors.end() || found->second.shape.size() != 1) {
    return Corrupt("tensor 'eigenvalues' is missing or not a vector");
  }
  std::optional<Moments> moments;
  if (tensors.contains("scatter")) {
    FRUITS_TRY(moments, TakeMoments(metadata, mean, tensors));
  }
  std::optional<LabelMeans> labels;
  if (metadata.labels) {
    FRUITS_TRY(labels, TakeLabels(metadata, tensors));
  }
  FRUITS_TRY(StandardScaler scaler,
             StandardScaler::FromParts(std::move(mean), std::move(std), metadata.scaling));
  FRUITS_TRY(Pca pca, Pca::FromParts(std::move(scaler), std::move(found->second.values), total[0],
                                     std::move(components), metadata.count, metadata.center));
  return Fitted{std::move(pca), metadata.count, std::move(moments), std::move(labels),
                std::move(metadata.fingerprint)};
}

json MetadataOf(const Fitted& fitted, const std::string& tensors) {
  const StandardScaler::Options& scaling = fitted.pca.scaler().options();
  json root = {
      {"format", kFormatName},
      {"format_version", kFittedFormatVersion},
      {"dimension", fitted.pca.dimension()},
      {"components", fitted.pca.components_count()},
      {"count", fitted.count},
      {"options",
       {{"with_mean", scaling.with_mean}, {"with_std", scaling.with_std}, {"center", fitted.pca.center()}}},
      {"fingerprint", fitted.fingerprint},
      {"tensors", {{"file", kFittedTensorsFile}, {"sha256", ToHex(Sha256Of(tensors))}}},
  };
  if (fitted.labels) {
    json names = json::array();
    for (const auto& [label, entry] : fitted.labels->entries()) names.push_back(label);
    root["labels"] = std::move(names);
  }
  return root;
}

}  // namespace

Result<FittedFiles> SerializeFitted(const Fitted& fitted) {
  FRUITS_CHECK(CheckTogether(fitted));
  const Pca& pca = fitted.pca;
  const std::size_t d = pca.dimension();
  const double total = pca.total_variance();
  const double count = static_cast<double>(fitted.count);
  std::map<std::string, TensorView> tensors = {
      {"mean", {{d}, pca.scaler().mean()}},
      {"std", {{d}, pca.scaler().std()}},
      {"components", {{pca.components_count(), d}, {pca.components().data(), pca.components_count() * d}}},
      {"eigenvalues", {{pca.eigenvalues().size()}, pca.eigenvalues()}},
      {"total_variance", {{1}, {&total, 1}}},
  };
  if (const auto& moments = fitted.moments) {
    tensors["count"] = {{1}, {&count, 1}};
    tensors["scatter"] = {{moments->scatter().size()}, moments->scatter()};
    tensors["min"] = {{d}, moments->min()};
    tensors["max"] = {{d}, moments->max()};
  }
  std::vector<double> label_count, label_mean;
  if (fitted.labels) {
    for (const auto& [label, entry] : fitted.labels->entries()) {
      label_count.push_back(static_cast<double>(entry.count));
      for (const double sum : entry.sum) label_mean.push_back(sum / static_cast<double>(entry.count));
    }
    tensors["label_count"] = {{label_count.size()}, label_count};
    tensors["label_mean"] = {{label_count.size(), d}, label_mean};
  }
  FittedFiles files;
  files.tensors = WriteSafetensors(tensors);
  try {
    files.metadata = MetadataOf(fitted, files.tensors).dump(1) + "\n";
  } catch (const json::type_error&) {  // the only one dump() has: text that is not UTF-8
    return Fail(ErrorCode::kInvalidArgument, "fitted: a label or the fingerprint is not UTF-8");
  }
  return files;
}

Result<Fitted> ParseFitted(std::string_view metadata, std::string_view tensors) {
  FRUITS_TRY(Metadata head, ReadMetadata(metadata));
  const std::string sha256 = ToHex(Sha256Of(tensors));
  if (sha256 != head.sha256) {
    return Corrupt(
        fmt::format("tensors.safetensors has sha256 {}, metadata.json says {}", sha256, head.sha256));
  }
  FRUITS_TRY(Tensors parts, ReadSafetensors(tensors));
  Result<Fitted> fitted = Assemble(std::move(head), std::move(parts));
  // Whatever a part refuses here came from a file.
  if (!fitted) return Fail(ErrorCode::kCorrupt, fitted.error().message());
  return fitted;
}

}  // namespace fruits

// What decides the bits of a feature row, and its SHA-256: rows of different fingerprints never mix.
// Threads: a value type.
#pragma once

#include <map>
#include <string>

#include "fruits/core/error.h"
#include "fruits/model/bundle.h"
#include "fruits/pipeline/options.h"

namespace fruits {

// Raised when a release changes the features it computes from the same photo and model.
inline constexpr int kFeatureVersion = 1;

class Fingerprint {
 public:
  Fingerprint() = default;
  Fingerprint(const Bundle& bundle, Precision precision, const RunOptions& options, int input_width,
              int input_height);
  explicit Fingerprint(std::map<std::string, std::string> fields) : fields_(std::move(fields)) {}

  const std::map<std::string, std::string>& fields() const { return fields_; }
  std::string Hex() const;  // SHA-256 of the fields in order
  // "input_size (160x160 before, 224x224 now), fit (full before, crop now)"; empty when equal.
  std::string Difference(const Fingerprint& before) const;

 private:
  std::map<std::string, std::string> fields_;
};

}  // namespace fruits

// Photos in and features out as Arrow arrays by the C data interface, without copies.
// Memory: borrowed from the other side until its release callback.
#pragma once

#include <arrow/c/abi.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/pipeline/photo_featurizer.h"

namespace fruits::python {

// A binary (or string) array's values.
struct ArrowBytes {
  std::shared_ptr<const void> owner;
  std::vector<std::span<const std::byte>> values;  // empty where null
  std::vector<bool> is_null;
};

// Takes both structures over. kInvalidArgument: another type.
Result<ArrowBytes> ImportBytes(ArrowSchema& schema, ArrowArray& array);

// Rows of features that Arrow's side will own.
class FeatureRows {
 public:
  static Result<FeatureRows> Make(std::size_t rows, std::size_t dimension);

  std::span<float> features() const;
  std::span<PhotoFault> faults() { return faults_; }

  // struct<features: fixed_size_list<float>[dimension], error: string>: of each row one is null.
  Status Export(ArrowSchema& schema, ArrowArray& array) const;

 private:
  struct Buffer;
  std::shared_ptr<Buffer> buffer_;
  std::vector<PhotoFault> faults_;
  std::size_t dimension_ = 0;
};

}  // namespace fruits::python

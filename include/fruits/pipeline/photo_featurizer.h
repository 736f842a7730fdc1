// Photos that somebody else lists or holds, to feature rows: a run's chain from file to features, without its
// folder. What Python and Spark's executors work with; the same bits as Run() gives.
//
//   RunOptions options;
//   options.model = "resnet50";
//   options.models = store;
//   FRUITS_TRY(const auto featurizer, PhotoFeaturizer::Create(options));
//   std::vector<float> features(photos.size() * featurizer->dimension());
//   std::vector<PhotoFault> faults(photos.size());
//   FRUITS_CHECK(featurizer->Featurize(photos, features, faults));
//
// Threads: any; calls of one object wait for each other, each uses options.threads decoders and the
// extractor's. Memory: the extractor's, a decoded picture a thread, and of files 64 MiB (of addresses, whose
// sizes are not known, two a thread and one a reader).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

#include "fruits/core/error.h"
#include "fruits/model/bundle.h"
#include "fruits/pipeline/fingerprint.h"
#include "fruits/pipeline/options.h"

namespace fruits {

// Why a photo has no features; no reason: it has.
struct PhotoFault {
  std::string stage;  // "read", "decode"
  std::string reason;
};

class PhotoFeaturizer {
 public:
  // Of the options those count that decide a feature row, with models, cache_directory, working_directory,
  // batch_size, threads, max_pixels and force. Errors of FeatureExtractor::Create and ModelStore::Find.
  static Result<std::unique_ptr<PhotoFeaturizer>> Create(RunOptions options);
  ~PhotoFeaturizer();
  PhotoFeaturizer(const PhotoFeaturizer&) = delete;
  PhotoFeaturizer& operator=(const PhotoFeaturizer&) = delete;

  const Bundle& bundle() const;
  Precision precision() const;
  const std::string& precision_reason() const;  // where auto chose it; else empty
  const Fingerprint& fingerprint() const;
  std::size_t dimension() const;
  int input_width() const;
  int input_height() const;
  int batch_size() const;

  // Files in memory. Row i of `features` (photos x dimension, row-major) and faults[i] are for photos[i]; a
  // photo with a fault of its own has a row of NaN. kInvalidArgument: spans of other sizes; kCancelled on
  // `stop`; kResourceExhausted, kInternal: then the rows are unspecified.
  Status Featurize(std::span<const std::span<const std::byte>> photos, std::span<float> features,
                   std::span<PhotoFault> faults, std::stop_token stop = {});
  // The same for addresses or paths, which are read here; no access to a bucket, or a server that does not
  // answer, is an error of the call. kInvalidArgument: an address that cannot be.
  Status FeaturizeFiles(std::span<const std::string> addresses, std::span<float> features,
                        std::span<PhotoFault> faults, std::stop_token stop = {});

 private:
  struct State;
  explicit PhotoFeaturizer(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

}  // namespace fruits

// Photos to feature rows: read, decode, resize, infer, each in its own threads, bounded between; rows come
// out in order.
//
// Threads: `sink` is called from the calling thread only. Memory: the window (see the .cc) of outcomes, 64
// MiB of file bytes, one decoded picture a decoder, and the extractor's slots.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/image/decode.h"
#include "fruits/image/fit.h"
#include "fruits/io/label_rule.h"
#include "fruits/model/bundle.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/pipeline/options.h"
#include "fruits/pipeline/stage_times.h"
#include "pipeline/content_index.h"
#include "pipeline/photo.h"
#include "pipeline/plan.h"

namespace fruits {

struct FeaturizeOptions {
  DecodeOptions decode;
  Fit fit = Fit::kFull;
  Filter filter = Filter::kBicubic;
  int threads = 1;  // decoders
  int readers = 3;  // reads under way at once
  bool thumbnails = true;
  ContentIndex* contents = nullptr;  // null: the same bytes are computed again
};

// What a run's options say of it; `readers` is the storage's to know.
FeaturizeOptions FeaturizeOptionsOf(const RunOptions& options, const Bundle& bundle, int readers);

// The next photo, in ascending order of row; none: no more. Asked by one thread at a time, which may wait in
// it.
using NextPhoto = std::function<Result<std::optional<PhotoToRead>>()>;

// A photo's file into `bytes`, whose memory is reused; errors as Storage::Read. Called from the readers'
// threads.
using FetchPhoto = std::function<Result<FileFacts>(const PhotoToRead& photo, std::vector<std::byte>& bytes)>;

// A single file larger than this is no photo for this program (and would pass the stated memory bound).
inline constexpr std::uint64_t kMaxFileBytes = 256 << 20;

// Calls sink(outcome) for each photo that `next` gives, in that order. Stops early with kCancelled on `stop`,
// or with the error of `next`, of `read` (what is not the photo's own fault), of the sink or of the network;
// the rows already given to the sink stay good.
Status Featurize(const NextPhoto& next, const FetchPhoto& read, const LabelRule& labels,
                 FeatureExtractor& extractor, const FeaturizeOptions& options, std::stop_token stop,
                 StageTimes& times, const std::function<Status(PhotoOutcome)>& sink);

}  // namespace fruits

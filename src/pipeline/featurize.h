// Photos to feature rows: read, decode, resize, infer, each in its own threads, bounded between; rows come
// out in order.
//
// Threads: `sink` is called from the calling thread only. Memory: the window (see the .cc) of outcomes, 64
// MiB of file bytes, one decoded picture a decoder, and the extractor's slots.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>

#include "fruits/core/error.h"
#include "fruits/image/decode.h"
#include "fruits/image/fit.h"
#include "fruits/io/catalog.h"
#include "fruits/io/label_rule.h"
#include "fruits/model/feature_extractor.h"
#include "pipeline/photo.h"
#include "pipeline/stage_times.h"

namespace fruits {

struct FeaturizeOptions {
  DecodeOptions decode;
  Fit fit = Fit::kFull;
  Filter filter = Filter::kBicubic;
  int threads = 1;  // decoders
  bool thumbnails = true;
};

// Calls sink(outcome) for each catalog row in `work`, in that order. Stops early with kCancelled on `stop`,
// or with the error of the sink or the network; the rows already given to the sink stay good.
Status Featurize(const Catalog& catalog, const LabelRule& labels, std::span<const std::uint32_t> work,
                 FeatureExtractor& extractor, const FeaturizeOptions& options, std::stop_token stop,
                 StageTimes& times, const std::function<Status(PhotoOutcome)>& sink);

}  // namespace fruits

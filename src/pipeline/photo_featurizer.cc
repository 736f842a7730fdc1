#include "fruits/pipeline/photo_featurizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/io/storage.h"
#include "pipeline/featurize.h"
#include "pipeline/loading_model.h"

namespace fruits {
namespace {

constexpr int kMemoryReaders = 1;  // copies bytes, waits for nobody

// Puts each outcome into its row.
class Rows {
 public:
  Rows(std::span<float> features, std::span<PhotoFault> faults, std::size_t dimension)
      : features_(features), faults_(faults), dimension_(dimension) {}

  Status Take(PhotoOutcome outcome) {
    const std::span<float> row = features_.subspan(outcome.row * dimension_, dimension_);
    if (auto* bad = std::get_if<RejectedRow>(&outcome.what)) {
      std::ranges::fill(row, std::numeric_limits<float>::quiet_NaN());
      faults_[outcome.row] = {.stage = std::move(bad->stage), .reason = std::move(bad->reason)};
    } else {
      std::ranges::copy(std::get<FeaturizedPhoto>(outcome.what).features, row.begin());
      faults_[outcome.row] = {};
    }
    return {};
  }

 private:
  const std::span<float> features_;
  const std::span<PhotoFault> faults_;
  const std::size_t dimension_;
};

}  // namespace

struct PhotoFeaturizer::State {
  RunOptions options;
  Storage storage;
  Bundle bundle;
  Precision precision = Precision::kF32;
  std::string precision_reason;
  Fingerprint fingerprint;
  LabelRule labels;
  std::unique_ptr<FeatureExtractor> extractor;
  std::mutex turn;

  Status Run(std::size_t count, const FetchPhoto& read, int readers, const NextPhoto& next,
             std::span<float> features, std::span<PhotoFault> faults, std::stop_token stop) {
    const std::size_t dimension = extractor->dimension();
    if (faults.size() != count || features.size() != count * dimension) {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("{} photos with {} columns need {} features and {} faults, not {} and {}",
                              count, dimension, count * dimension, count, features.size(), faults.size()));
    }
    const std::lock_guard lock(turn);
    FeaturizeOptions featurize = FeaturizeOptionsOf(options, bundle, readers);
    featurize.thumbnails = false;
    Rows rows(features, faults, dimension);
    StageTimes times;
    return fruits::Featurize(next, read, labels, *extractor, featurize, std::move(stop), times,
                             [&](PhotoOutcome outcome) { return rows.Take(std::move(outcome)); });
  }
};

PhotoFeaturizer::PhotoFeaturizer(std::unique_ptr<State> state) : state_(std::move(state)) {}
PhotoFeaturizer::~PhotoFeaturizer() = default;

const Bundle& PhotoFeaturizer::bundle() const { return state_->bundle; }
Precision PhotoFeaturizer::precision() const { return state_->precision; }
const std::string& PhotoFeaturizer::precision_reason() const { return state_->precision_reason; }
const Fingerprint& PhotoFeaturizer::fingerprint() const { return state_->fingerprint; }
std::size_t PhotoFeaturizer::dimension() const { return state_->extractor->dimension(); }
int PhotoFeaturizer::input_width() const { return state_->extractor->input_width(); }
int PhotoFeaturizer::input_height() const { return state_->extractor->input_height(); }
int PhotoFeaturizer::batch_size() const { return state_->extractor->batch_size(); }

Result<std::unique_ptr<PhotoFeaturizer>> PhotoFeaturizer::Create(RunOptions options) {
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  FRUITS_TRY(LoadingModel model, BeginLoading(state->options, state->storage));
  FRUITS_TRY(state->extractor, model.extractor.get());
  FRUITS_TRY(state->labels, LabelRule::Parse("none"));
  state->bundle = std::move(model.choice.bundle);
  state->precision = model.choice.precision;
  state->precision_reason = std::move(model.choice.reason);
  state->fingerprint = Fingerprint(state->bundle, state->precision, state->options,
                                   state->extractor->input_width(), state->extractor->input_height());
  return std::unique_ptr<PhotoFeaturizer>(new PhotoFeaturizer(std::move(state)));
}

Status PhotoFeaturizer::Featurize(std::span<const std::span<const std::byte>> photos,
                                  std::span<float> features, std::span<PhotoFault> faults,
                                  std::stop_token stop) {
  std::size_t given = 0;
  const NextPhoto next = [&]() -> Result<std::optional<PhotoToRead>> {
    if (given == photos.size()) return std::nullopt;
    PhotoToRead photo{.row = given, .raw = {}, .facts = {}};
    photo.facts.size_bytes = photos[given++].size();
    return photo;
  };
  const FetchPhoto read = [&](const PhotoToRead& photo, std::vector<std::byte>& bytes) -> Result<FileFacts> {
    if (photo.facts.size_bytes > kMaxFileBytes) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{} bytes, more than the {} that a photo may have",
                                                           photo.facts.size_bytes, kMaxFileBytes));
    }
    bytes.assign(photos[photo.row].begin(), photos[photo.row].end());
    return photo.facts;
  };
  return state_->Run(photos.size(), read, kMemoryReaders, next, features, faults, std::move(stop));
}

Status PhotoFeaturizer::FeaturizeFiles(std::span<const std::string> addresses, std::span<float> features,
                                       std::span<PhotoFault> faults, std::stop_token stop) {
  std::vector<std::string> raw(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    FRUITS_TRY(const Uri uri, ParseUri(addresses[i], state_->options.working_directory));
    raw[i] = uri.RawPath();
  }
  std::size_t given = 0;
  const NextPhoto next = [&]() -> Result<std::optional<PhotoToRead>> {
    if (given == raw.size()) return std::nullopt;
    const std::size_t row = given++;
    return PhotoToRead{.row = row, .raw = raw[row], .facts = {}};
  };
  const FetchPhoto read = [this](const PhotoToRead& photo, std::vector<std::byte>& bytes) {
    return state_->storage.Read(UriOfRawPath(photo.raw), bytes, kMaxFileBytes);
  };
  const int readers = state_->storage.ReadsAtOnce({.inputs = {addresses.begin(), addresses.end()}});
  return state_->Run(addresses.size(), read, readers, next, features, faults, std::move(stop));
}

}  // namespace fruits

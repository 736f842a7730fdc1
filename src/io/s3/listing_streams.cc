#include "io/s3/listing_streams.h"

#include <fmt/core.h>

#include <algorithm>
#include <string_view>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"
#include "fruits/io/glob.h"

namespace fruits::io {

ListingStreams::ListingStreams(std::shared_ptr<S3Client> client, std::vector<RemoteInput> inputs,
                               const std::vector<std::string>& name_globs, std::stop_token stop,
                               const S3ListingOptions& options)
    : client_(std::move(client)), name_globs_(name_globs), stop_(std::move(stop)), options_(options) {
  for (RemoteInput& input : inputs) {
    streams_.push_back(
        {.input = std::move(input), .filter = KeyFilter::Below("", name_globs_), .first_raw = ""});
    Begin(streams_.back());
  }
  std::ranges::sort(streams_, {}, &Stream::first_raw);
  const std::size_t most = static_cast<std::size_t>(options_.requests_at_once);
  for (std::size_t i = 0; i < most && !streams_.empty(); ++i) {
    threads_.emplace_back([this, i](const std::stop_token& end) { Work(end, i == 0); });
  }
}

ListingStreams::~ListingStreams() {
  for (std::jthread& thread : threads_) thread.request_stop();
}

ListingStreams::Stretch ListingStreams::Done(std::vector<ListedPhoto> photos) {
  return {.state = Stretch::State::kDone, .photos = std::move(photos)};
}

// What to ask first.
void ListingStreams::Begin(Stream& stream) const {
  std::string& key = stream.input.uri.raw;
  const bool is_glob = HasGlobSyntax(stream.input.text) && HasGlobSyntax(key);
  while (is_glob && key.ends_with('/')) key.pop_back();
  const bool is_folder = key.empty() || key.ends_with('/');
  if (is_folder) {
    stream.filter = KeyFilter::Below(key, name_globs_).Without(stream.input.excluded);
    stream.stretches.push_back({.way = Way::kFlat, .prefix = key});
  } else {
    stream.stretches.push_back({.way = Way::kExactKey, .prefix = key});
  }
  const std::string literal = is_glob ? key.substr(0, key.find_first_of("*?[")) : key;
  stream.first_raw = "s3://" + stream.input.uri.bucket + "/" + literal;
}

bool ListingStreams::IsReady(std::size_t stream) {
  const std::scoped_lock lock(mutex_);
  const Stream& asked = streams_[stream];
  return !state_ || IsAtEnd(asked) || asked.stretches.front().state == Stretch::State::kDone;
}

Result<std::vector<ListedPhoto>> ListingStreams::NextPage(std::size_t index) {
  std::unique_lock lock(mutex_);
  Stream& stream = streams_[index];
  wanted_ = &stream;
  work_.notify_all();
  ready_.wait(lock, stop_, [&] {
    return !state_ || IsAtEnd(stream) || stream.stretches.front().state == Stretch::State::kDone;
  });
  wanted_ = nullptr;
  FRUITS_CHECK(state_);
  if (stop_.stop_requested()) return Fail(ErrorCode::kCancelled, "stopped while listing");
  if (IsAtEnd(stream)) return std::vector<ListedPhoto>();
  std::vector<ListedPhoto> photos = std::move(stream.stretches.front().photos);
  stream.stretches.pop_front();
  photos_ahead_ -= photos.size();
  work_.notify_all();
  return photos;
}

void ListingStreams::Work(const std::stop_token& stop, bool looks_ahead) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    std::optional<Job> job;
    work_.wait(lock, stop, [&] { return !state_ || (job = Pick(looks_ahead)).has_value(); });
    if (!job || stop.stop_requested()) return;
    job->stretch->state = Stretch::State::kRunning;
    ++running_;
    lock.unlock();
    // Nobody else touches a stretch that runs, nor the filter while the stream's first one does.
    auto outcome = Guard([&] { return Run(*job->stream, *job->stretch); });
    lock.lock();
    --running_;
    Settle(*job, std::move(outcome));
    work_.notify_all();
    ready_.notify_all();
  }
}

std::optional<ListingStreams::Job> ListingStreams::FirstWaiting(Stream& stream) {
  const auto waiting = std::ranges::find(stream.stretches, Stretch::State::kWaiting, &Stretch::state);
  if (waiting == stream.stretches.end()) return std::nullopt;
  return Job{&stream, waiting};
}

// What the reader waits for goes before the bound on what is ahead of it. One thread looks for the inputs
// first, so that a misspelt one is known soon.
std::optional<ListingStreams::Job> ListingStreams::Pick(bool looks_ahead) {
  if (wanted_ && !IsAtEnd(*wanted_) && wanted_->stretches.front().state == Stretch::State::kWaiting) {
    return Job{wanted_, wanted_->stretches.begin()};
  }
  for (; looks_ahead && next_look_ < streams_.size(); ++next_look_) {
    Stream& stream = streams_[next_look_];
    const auto job = FirstWaiting(stream);
    if (job && job->stretch->way == Way::kExactKey) return job;
  }
  const auto page = static_cast<std::size_t>(options_.page_keys);
  const std::size_t coming = static_cast<std::size_t>(running_ + 1) * page;
  if (photos_ahead_ + coming > page * static_cast<std::size_t>(options_.pages_ahead)) return std::nullopt;
  while (first_open_ < streams_.size() && IsAtEnd(streams_[first_open_])) ++first_open_;
  for (std::size_t i = first_open_; i < streams_.size(); ++i) {
    if (auto job = FirstWaiting(streams_[i])) return job;
  }
  return std::nullopt;
}

// The stretches it turned into take its place.
void ListingStreams::Settle(const Job& job, Result<Outcome> outcome) {
  if (!outcome) {
    if (state_) state_ = std::unexpected(std::move(outcome).error());
    return;
  }
  Stream& stream = *job.stream;
  stream.found = stream.found || outcome->found;
  if (outcome->filter) stream.filter = std::move(*outcome->filter);
  for (const Stretch& stretch : outcome->stretches) photos_ahead_ += stretch.photos.size();
  stream.stretches.splice(job.stretch, outcome->stretches);
  stream.stretches.erase(job.stretch);
  if (!IsAtEnd(stream) || stream.found || !state_) return;
  const std::string address = stream.input.uri.ToString();
  const bool is_glob = HasGlobSyntax(stream.input.text) && HasGlobSyntax(stream.input.uri.raw);
  state_ =
      is_glob
          ? Fail(ErrorCode::kNotFound, fmt::format("nothing matches the input glob {}", address))
          : Fail(ErrorCode::kNotFound,
                 fmt::format("the input {} does not exist: there is no such key and none below it", address));
}

}  // namespace fruits::io

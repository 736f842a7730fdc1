// Lists several inputs at once, each into a row of stretches in byte order; threads turn stretches that wait
// into photos and further stretches, the ones nearest to the reader first.
//
//   ListingStreams streams(client, inputs, name_globs, stop, options);
//   FRUITS_TRY(auto page, streams.NextPage(0));
//
// Threads: one reader. Memory: as S3Listing says.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "io/s3/key_filter.h"
#include "io/s3/listing.h"

namespace fruits::io {

class ListingStreams {
 public:
  // The streams are in order of first_raw(). The name globs outlive this.
  ListingStreams(std::shared_ptr<S3Client> client, std::vector<RemoteInput> inputs,
                 const std::vector<std::string>& name_globs, std::stop_token stop,
                 const S3ListingOptions& options);
  ~ListingStreams();

  std::size_t size() const { return streams_.size(); }
  // None of its photos lies before.
  const std::string& first_raw(std::size_t stream) const { return streams_[stream].first_raw; }
  bool IsReady(std::size_t stream);  // NextPage() would not wait
  // The next photos, in order; empty: no more.
  Result<std::vector<ListedPhoto>> NextPage(std::size_t stream);

 private:
  enum class Way { kExactKey, kFolderOfGlobName, kFlat, kBySubfolder };
  // A stretch of the order: keys that begin with `prefix`, beyond `after`, from the page of `token` on.
  struct Stretch {
    enum class State { kWaiting, kRunning, kDone };
    State state = State::kWaiting;
    Way way = Way::kFlat;
    std::string prefix{};
    std::string after{};
    std::string token{};
    std::vector<ListedPhoto> photos{};  // when done
  };
  struct Stream {
    RemoteInput input;
    KeyFilter filter;
    std::string first_raw;
    std::list<Stretch> stretches{};
    bool found = false;  // the input exists
  };
  // What a stretch turned into.
  struct Outcome {
    std::list<Stretch> stretches{};
    std::optional<KeyFilter> filter{};
    bool found = false;
  };
  struct Job {
    Stream* stream = nullptr;
    std::list<Stretch>::iterator stretch{};
  };

  static Stretch Done(std::vector<ListedPhoto> photos);
  void Begin(Stream& stream) const;

  void Work(const std::stop_token& stop, bool looks_ahead);
  std::optional<Job> Pick(bool looks_ahead);
  std::optional<Job> FirstWaiting(Stream& stream);
  void Settle(const Job& job, Result<Outcome> outcome);
  static bool IsAtEnd(const Stream& stream) { return stream.stretches.empty(); }

  Result<Outcome> Run(const Stream& stream, const Stretch& stretch);
  Result<Outcome> LookForKey(const Stream& stream, const Stretch& stretch);
  Result<Outcome> ByPattern(const Stream& stream) const;
  Result<Outcome> LookForFolder(const Stream& stream, const Stretch& stretch);
  Result<Outcome> ListFlat(const Stream& stream, const Stretch& stretch);
  Result<Outcome> ListBySubfolder(const Stream& stream, const Stretch& stretch);
  bool IsWorthSplitting(const S3Page& page, const std::string& prefix) const;

  const std::shared_ptr<S3Client> client_;
  const std::vector<std::string>& name_globs_;
  const std::stop_token stop_;
  const S3ListingOptions options_;

  std::mutex mutex_;
  std::condition_variable_any work_;   // for the threads
  std::condition_variable_any ready_;  // for the reader
  std::vector<Stream> streams_;        // guarded by mutex_, as all below
  std::size_t first_open_ = 0;         // the streams before are at their end
  std::size_t next_look_ = 0;          // the streams before were looked for
  Stream* wanted_ = nullptr;           // what the reader waits for
  std::size_t photos_ahead_ = 0;       // done and not yet read
  int running_ = 0;
  Status state_;
  std::vector<std::jthread> threads_;
};

}  // namespace fruits::io

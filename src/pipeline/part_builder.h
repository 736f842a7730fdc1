// Gathers outcomes into parts and writes them in a thread of its own. A part is closed at its row limit or
// when its work has taken 30 s. One is written while the next grows; what is not yet written, at most 1,024
// rows, is lost with the process and computed again.
//
// Threads: one caller. Memory: the part that grows, one that waits and one that is written.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "fruits/core/bounded_queue.h"
#include "fruits/core/error.h"
#include "fruits/io/feature_part.h"
#include "fruits/io/folder.h"
#include "pipeline/photo.h"
#include "pipeline/row_place.h"

namespace fruits {

class PartBuilder {
 public:
  // New parts are named after the highest number in `names`, from `first_number` on, and added to it.
  PartBuilder(Folder& folder, std::string fingerprint, std::size_t dimension, std::vector<std::string>& names,
              std::size_t first_number = 0);
  ~PartBuilder();

  // Rows of a whole part.
  static std::size_t MaxRows(std::size_t dimension);

  // Where the outcome will be. The error of an earlier write comes out here or at Finish().
  Result<RowPlace> Append(PhotoOutcome outcome);
  Status Finish();  // writes what is gathered, waits for all
  // The part of that number while it is still open; null: it is closed, or no part of this builder.
  const FeaturePart* OpenPartOf(std::uint32_t part) const;
  // Waits until a closed part is written; parts of before this builder are.
  Status WaitFor(std::uint32_t part);
  // What was written so far; complete after Finish().
  WrittenFiles TakeFiles();

 private:
  struct Named {
    std::string name;
    FeaturePart part;
  };
  void BeginPart();
  void ClosePart();
  void Work();
  Status status();

  Folder& folder_;
  const std::string fingerprint_;
  const std::size_t dimension_;
  const std::size_t max_rows_;
  std::vector<std::string>& names_;
  std::size_t next_number_;
  const std::uint32_t tag_ = NewPartTag();
  Named open_;
  std::chrono::steady_clock::time_point opened_;
  BoundedQueue<Named> queue_;
  const std::size_t first_part_;  // of this builder, in names_
  std::mutex mutex_;
  std::condition_variable wrote_;
  std::size_t written_ = 0;  // parts of this builder
  WrittenFiles files_;
  Status status_;
  std::jthread worker_;
};

}  // namespace fruits

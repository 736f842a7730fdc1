#include "pipeline/block_moments.h"

#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"

namespace fruits {

BlockMoments::BlockMoments(std::size_t dimension)
    : dimension_(dimension),
      totals_{Moments(dimension), LabelMeans(dimension)},
      queue_(2),
      worker_([this] { Work(); }) {}

BlockMoments::~BlockMoments() { queue_.Cancel(); }

Status BlockMoments::Push(std::size_t row, const std::string& label, std::span<const double> features) {
  Block& block = BlockOf(row);
  block.labels.push_back(label);
  block.features.insert(block.features.end(), features.begin(), features.end());
  return status();
}

Status BlockMoments::Push(std::size_t row, const std::string& label, std::span<const float> features) {
  Block& block = BlockOf(row);
  block.labels.push_back(label);
  block.features.insert(block.features.end(), features.begin(), features.end());
  return status();
}

Result<BlockMoments::Totals> BlockMoments::Finish() {
  Send();
  queue_.Close();
  worker_.join();
  FRUITS_CHECK(status());
  return std::move(totals_);
}

BlockMoments::Block& BlockMoments::BlockOf(std::size_t row) {
  if (row / Moments::kBlockRows != block_.number) Send();
  block_.number = row / Moments::kBlockRows;
  if (block_.labels.empty()) block_.features.reserve(Moments::kBlockRows * dimension_);
  return block_;
}

void BlockMoments::Send() {
  if (!block_.labels.empty()) queue_.Push(std::exchange(block_, {}));
}

void BlockMoments::Work() {
  while (auto block = queue_.Pop()) {
    const MatrixView<const double> rows(block->features.data(), block->labels.size(), dimension_);
    const Status status = Guard([&]() -> Status {
      FRUITS_CHECK(totals_.moments.Add(rows));
      for (std::size_t i = 0; i < rows.rows(); ++i)
        FRUITS_CHECK(totals_.labels.Add(block->labels[i], rows.Row(i)));
      return {};
    });
    if (!status) {
      const std::lock_guard lock(mutex_);
      status_ = status;
      // What the rows hold is no fault of the command's arguments.
      if (status.error().code() == ErrorCode::kInvalidArgument)
        status_ = Fail(ErrorCode::kCorrupt, "the features cannot be summed: " + status.error().message());
      queue_.Cancel();
      return;
    }
  }
}

Status BlockMoments::status() {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace fruits

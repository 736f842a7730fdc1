#include "pipeline/block_moments.h"

#include <utility>

#include "fruits/core/guard.h"
#include "fruits/core/try.h"

namespace fruits {

BlockMoments::BlockMoments(std::size_t dimension)
    : dimension_(dimension),
      totals_{Moments(dimension), LabelMeans(dimension)},
      queue_(1),
      worker_([this] { Work(); }) {}

BlockMoments::~BlockMoments() { queue_.Cancel(); }

template <typename T>
Status BlockMoments::PushRow(std::size_t row, const std::string& label, std::span<const T> features,
                             Rows<T> Block::* rows) {
  if (row / Moments::kBlockRows != block_.number) Send();
  block_.number = row / Moments::kBlockRows;
  Rows<T>& block = block_.*rows;
  if (block.labels.empty()) block.features.reserve(Moments::kBlockRows * dimension_);
  block.labels.push_back(label);
  block.features.insert(block.features.end(), features.begin(), features.end());
  return status();
}

Status BlockMoments::Push(std::size_t row, const std::string& label, std::span<const double> features) {
  return PushRow(row, label, features, &Block::doubles);
}

Status BlockMoments::Push(std::size_t row, const std::string& label, std::span<const float> features) {
  return PushRow(row, label, features, &Block::floats);
}

Result<BlockMoments::Totals> BlockMoments::Finish() {
  Send();
  queue_.Close();
  worker_.join();
  FRUITS_CHECK(status());
  return std::move(totals_);
}

void BlockMoments::Send() {
  if (!block_.floats.labels.empty() || !block_.doubles.labels.empty()) queue_.Push(std::exchange(block_, {}));
}

template <typename T>
Status BlockMoments::Sum(const Rows<T>& block) {
  const MatrixView<const T> rows(block.features.data(), block.labels.size(), dimension_);
  FRUITS_CHECK(totals_.moments.Add(rows));
  for (std::size_t i = 0; i < rows.rows(); ++i)
    FRUITS_CHECK(totals_.labels.Add(block.labels[i], rows.Row(i)));
  return {};
}

void BlockMoments::Work() {
  while (auto block = queue_.Pop()) {
    const Status status = Guard([&]() -> Status {
      FRUITS_CHECK(Sum(block->floats));
      return Sum(block->doubles);
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

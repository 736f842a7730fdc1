// Moments and label means over fixed blocks of 256 consecutive catalog rows, computed in a thread of its own
// while rows stream by. A block is whatever rows of its 256 are good; its bytes depend on them alone.
//
//   BlockMoments blocks(2048);
//   for (rows in catalog order) FRUITS_CHECK(blocks.Push(row, label, features));
//   FRUITS_TRY(BlockMoments::Totals totals, blocks.Finish());
//
// Threads: one caller. Memory: three blocks of rows as they came, the moments, and a block's rows in double.
#pragma once

#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "fruits/core/bounded_queue.h"
#include "fruits/core/error.h"
#include "fruits/stats/label_means.h"
#include "fruits/stats/moments.h"

namespace fruits {

class BlockMoments {
 public:
  struct Totals {
    Moments moments;
    LabelMeans labels;
  };
  explicit BlockMoments(std::size_t dimension);
  ~BlockMoments();

  // Rows in ascending order of `row`. The error of an earlier block comes out here or at Finish().
  Status Push(std::size_t row, const std::string& label, std::span<const double> features);
  Status Push(std::size_t row, const std::string& label, std::span<const float> features);
  Result<Totals> Finish();  // once

 private:
  // Rows of one kind: those of a run are floats, those of a foreign table may be doubles.
  template <typename T>
  struct Rows {
    std::vector<std::string> labels;
    std::vector<T> features;
  };
  struct Block {
    std::size_t number = 0;
    Rows<float> floats;
    Rows<double> doubles;
  };
  template <typename T>
  Status PushRow(std::size_t row, const std::string& label, std::span<const T> features,
                 Rows<T> Block::* rows);
  template <typename T>
  Status Sum(const Rows<T>& block);
  void Send();
  void Work();
  Status status();

  const std::size_t dimension_;
  Totals totals_;
  Block block_;
  BoundedQueue<Block> queue_;
  std::mutex mutex_;
  Status status_;
  std::jthread worker_;
};

}  // namespace fruits

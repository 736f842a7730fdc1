// Progress on stderr: a bar on a terminal, lines elsewhere, JSON lines for programs, or nothing.
// Threads: calls come one at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "fruits/core/progress.h"

namespace fruits::cli {

class ProgressView {
 public:
  // "auto", "plain", "json" or "none".
  explicit ProgressView(const std::string& style);
  ~ProgressView();
  void Show(const Progress& progress);

 private:
  enum class Style { kBar, kPlain, kJson, kNone };
  void ShowBar(const Progress& progress);
  void ShowPlain(const Progress& progress);
  static void ShowJson(const Progress& progress);

  Style style_ = Style::kNone;
  bool bar_open_ = false;
  Phase last_phase_ = Phase::kDone;
  std::chrono::steady_clock::time_point last_line_{};
};

}  // namespace fruits::cli

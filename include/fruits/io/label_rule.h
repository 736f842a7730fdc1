// How a photo gets its label from its raw path: the name of its parent folder, none, or a regular
// expression's group. Threads: reads are safe together. Memory: the compiled expression.
#pragma once

#include <memory>
#include <optional>
#include <regex>
#include <string>
#include <string_view>

#include "fruits/core/error.h"

namespace fruits {

class LabelRule {
 public:
  LabelRule() = default;  // parent
  // "parent", "none", or an ECMAScript expression with exactly one group, searched in the whole raw path.
  // kInvalidArgument names the expression and what is wrong with it.
  static Result<LabelRule> Parse(const std::string& text);

  // The label of a raw path ("/data/Apple Braeburn/1.jpg" -> "Apple Braeburn"), percent-encoded like a path
  // where it is not valid UTF-8. "" where the rule is none, there is no parent, the expression does not
  // match, or it would be searched in more than 4,096 bytes (the longest path Linux opens; it bounds the
  // stack).
  std::string Label(std::string_view raw_path) const;
  // The same, but nothing where an expression does not match; its group may match an empty text.
  std::optional<std::string> Find(std::string_view raw_path) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_ = "parent";
  std::shared_ptr<const std::regex> expression_;
};

}  // namespace fruits

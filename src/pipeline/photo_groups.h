// Photos that are too much alike to stand for each other: those of one group. Series of one fruit, turned a
// little from picture to picture, would else make any features look good.
// Threads: a plain function.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fruits/core/error.h"

namespace fruits {

inline constexpr std::uint32_t kRunsOfALabel = 5;

// Numbers from 0 on. `rule` is an expression with one group, searched in the raw path: equal texts are one
// group. Empty: the photos of each label, in the order of their names with numbers as numbers, are cut into
// kRunsOfALabel runs; run i of every label is group i. kInvalidArgument: the expression.
Result<std::vector<std::uint32_t>> GroupPhotos(std::span<const std::string> raw_paths,
                                               std::span<const std::string> labels, const std::string& rule);

// Equal texts get equal numbers, in order of their first appearance.
std::vector<std::uint32_t> NumberTexts(std::span<const std::string> texts);

// "9_100.jpg" before "10_100.jpg".
bool ComesBeforeInNaturalOrder(std::string_view a, std::string_view b);

}  // namespace fruits

// Photos that are too much alike to stand for each other: those of one group. Series of one fruit, turned a
// little from picture to picture, would else make any features look good.
// Threads: plain functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "fruits/core/error.h"
#include "fruits/io/label_rule.h"
#include "fruits/pipeline/quality.h"
#include "fruits/stats/row_groups.h"

namespace fruits {

inline constexpr std::size_t kRunsOfALabel = 5;

// The rule of --group; nothing for an empty one. kInvalidArgument: no expression with one group.
Result<std::optional<LabelRule>> ParseGroupRule(const std::string& rule);

struct PhotoGroups {
  RowGroups rows;
  GroupFacts facts;
};

// `rule` is an expression with one group, searched in the raw path, as a label's is: equal texts are one
// group, and so are all photos that it does not match.
//
// Empty: the photos of each label, in the order of their names with numbers as numbers, are cut into
// kRunsOfALabel runs; run i of every label is group i. The last photo of a run and the first of the next are
// neighbours as close as any, so half a run beyond each end is the group's margin; a turn ends where it
// began, so the last run lies beside the first. Labels of fewer photos than runs have no margins: nobody
// would be left to ask.
//
// kInvalidArgument: the expression, or that it makes fewer than 2 groups.
Result<PhotoGroups> GroupPhotos(std::span<const std::string> raw_paths, std::span<const std::string> labels,
                                const std::string& rule);

// Equal texts get equal numbers, in order of their first appearance.
std::vector<std::uint32_t> NumberTexts(std::span<const std::string> texts);

// "9_100.jpg" before "10_100.jpg".
bool ComesBeforeInNaturalOrder(std::string_view a, std::string_view b);

}  // namespace fruits

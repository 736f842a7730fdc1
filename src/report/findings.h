// What a report points out: how far labels are apart, which are taken for each other, photos far from their
// label, nearly equal photos of two labels and of one, and the ends of each component.
// All distances are of the K scores. Threads: any. Memory: a few thousand entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "report/neighbors.h"
#include "report/sampled_rows.h"

namespace fruits::report {

struct ClassFinding {
  std::uint32_t nearest_class = Neighbor::kNone;  // by the distance of the centres
  double centre_distance = 0;
  std::uint64_t looked_at = 0;  // photos whose neighbours were looked for
  std::uint64_t astray = 0;     // of them, those whose nearest photo has another label
};

// Two labels, a before b, with photos of one whose nearest photo is of the other.
struct ConfusedPair {
  std::uint32_t a = 0, b = 0;
  std::uint64_t a_to_b = 0, b_to_a = 0;
  double share = 0;                                                    // of the photos of both
  std::uint32_t photo_a = Neighbor::kNone, photo_b = Neighbor::kNone;  // the closest two
};

struct OddPhoto {
  std::uint32_t point = 0;
  double times_spread = 0;  // distance to its label's centre over the label's spread
};

struct NearPair {
  std::uint32_t a = 0, b = 0;  // points
  double distance = 0;
  double times_usual = 0;  // over the median distance to the nearest photo; 0 where that is 0
};

struct ComponentEnds {
  std::vector<std::uint32_t> lowest, highest;  // points, the most extreme first
};

struct Findings {
  std::vector<ClassFinding> classes;  // as the sample's
  std::vector<ConfusedPair> pairs;    // most confused first
  std::vector<OddPhoto> odd;          // oddest first, of labels of at least kMinCount photos
  std::vector<NearPair> near;   // of two labels, closest first, none farther than the usual nearest photo
  std::vector<NearPair> twins;  // of one label, closest first, none farther than kTwins of that
  std::size_t odd_count = 0, near_count = 0, twins_count = 0;  // found; the lists hold the first kMaxPhotos
  std::vector<ComponentEnds> components;                       // of the first kMaxComponents
  double usual_distance = 0;                                   // median distance to the nearest photo

  static constexpr std::size_t kMaxPairs = 60;
  static constexpr std::size_t kMaxPhotos = 30;
  static constexpr std::size_t kMaxComponents = 24;
  static constexpr std::size_t kEnds = 8;
  static constexpr std::uint64_t kMinCount = 5;
  static constexpr double kOddSpreads = 1.5;
  static constexpr double kTwins = 0.1;
};

Findings FindAll(const Sample& sample, const Neighbors& neighbors);

}  // namespace fruits::report

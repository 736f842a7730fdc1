#include "report/findings.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

namespace fruits::report {
namespace {

double CentreDistance(const SampledClass& a, const SampledClass& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.centre.size(); ++k)
    sum += (a.centre[k] - b.centre[k]) * (a.centre[k] - b.centre[k]);
  return std::sqrt(sum);
}

void FindNearestClasses(const Sample& sample, std::vector<ClassFinding>& classes) {
  const std::size_t count = sample.classes.size() - (sample.has_other_labels ? 1 : 0);
  for (std::uint32_t a = 0; a < count; ++a) {
    for (std::uint32_t b = 0; b < count; ++b) {
      if (a == b) continue;
      const double distance = CentreDistance(sample.classes[a], sample.classes[b]);
      if (classes[a].nearest_class != Neighbor::kNone && distance >= classes[a].centre_distance) continue;
      classes[a].nearest_class = b;
      classes[a].centre_distance = distance;
    }
  }
}

struct PairCount {
  std::uint64_t a_to_b = 0, b_to_a = 0;
  std::uint32_t photo_a = Neighbor::kNone, photo_b = Neighbor::kNone;
  float closest = std::numeric_limits<float>::infinity();
};

void FindPairs(const Sample& sample, const Neighbors& neighbors, Findings& findings) {
  std::map<std::pair<std::uint32_t, std::uint32_t>, PairCount> counts;
  for (std::size_t i = 0; i < neighbors.points.size(); ++i) {
    const std::uint32_t point = neighbors.points[i];
    const std::uint32_t own = sample.class_of[point];
    ++findings.classes[own].looked_at;
    const Neighbor& nearest = neighbors.nearest[i];
    if (nearest.point == Neighbor::kNone || sample.class_of[nearest.point] == own) continue;
    ++findings.classes[own].astray;
    const std::uint32_t other = sample.class_of[nearest.point];
    PairCount& pair = counts[std::minmax(own, other)];
    ++(own < other ? pair.a_to_b : pair.b_to_a);
    if (nearest.squared_distance < pair.closest) {
      pair.closest = nearest.squared_distance;
      pair.photo_a = own < other ? point : nearest.point;
      pair.photo_b = own < other ? nearest.point : point;
    }
  }
  for (const auto& [labels, pair] : counts) {
    const auto& [a, b] = labels;
    const double photos = static_cast<double>(findings.classes[a].looked_at + findings.classes[b].looked_at);
    findings.pairs.push_back({.a = a,
                              .b = b,
                              .a_to_b = pair.a_to_b,
                              .b_to_a = pair.b_to_a,
                              .share = static_cast<double>(pair.a_to_b + pair.b_to_a) / photos,
                              .photo_a = pair.photo_a,
                              .photo_b = pair.photo_b});
  }
  std::ranges::stable_sort(findings.pairs, std::greater<>(), &ConfusedPair::share);
  if (findings.pairs.size() > Findings::kMaxPairs) findings.pairs.resize(Findings::kMaxPairs);
}

void FindOdd(const Sample& sample, Findings& findings) {
  for (std::uint32_t i = 0; i < sample.size(); ++i) {
    const SampledClass& own = sample.classes[sample.class_of[i]];
    if (own.count < Findings::kMinCount || !(own.spread > 0)) continue;
    const double distance = std::sqrt(SquaredDistance(sample.point(i), own.centre.data(), sample.components));
    if (distance >= Findings::kOddSpreads * own.spread)
      findings.odd.push_back({.point = i, .times_spread = distance / own.spread});
  }
  findings.odd_count = findings.odd.size();
  std::ranges::stable_sort(findings.odd, std::greater<>(), &OddPhoto::times_spread);
  if (findings.odd.size() > Findings::kMaxPhotos) findings.odd.resize(Findings::kMaxPhotos);
}

double MedianDistance(const Neighbors& neighbors) {
  std::vector<float> distances;
  for (const Neighbor& nearest : neighbors.nearest) {
    if (nearest.point != Neighbor::kNone) distances.push_back(nearest.squared_distance);
  }
  if (distances.empty()) return 0;
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::ranges::nth_element(distances, middle);
  return std::sqrt(static_cast<double>(*middle));
}

using SquaredDistances = std::map<std::pair<std::uint32_t, std::uint32_t>, float>;

// The closest of the pairs, each named once.
std::vector<NearPair> Closest(const SquaredDistances& pairs, double usual) {
  std::vector<NearPair> closest;
  for (const auto& [points, squared] : pairs) {
    const double distance = std::sqrt(static_cast<double>(squared));
    closest.push_back({.a = points.first,
                       .b = points.second,
                       .distance = distance,
                       .times_usual = usual > 0 ? distance / usual : 0});
  }
  std::ranges::stable_sort(closest, {}, &NearPair::distance);
  if (closest.size() > Findings::kMaxPhotos) closest.resize(Findings::kMaxPhotos);
  return closest;
}

void FindNear(const Sample& sample, const Neighbors& neighbors, Findings& findings) {
  SquaredDistances of_two, of_one;
  const double usual = findings.usual_distance;
  const auto is_within = [](const Neighbor& neighbor, double distance) {
    return neighbor.point != Neighbor::kNone && std::sqrt(double{neighbor.squared_distance}) <= distance;
  };
  for (std::size_t i = 0; i < neighbors.points.size(); ++i) {
    const std::uint32_t point = neighbors.points[i];
    const Neighbor& other = neighbors.of_another[i];
    if (is_within(other, usual)) of_two[std::minmax(point, other.point)] = other.squared_distance;
    const Neighbor& nearest = neighbors.nearest[i];
    if (is_within(nearest, Findings::kTwins * usual) &&
        sample.class_of[nearest.point] == sample.class_of[point])
      of_one[std::minmax(point, nearest.point)] = nearest.squared_distance;
  }
  findings.near_count = of_two.size();
  findings.twins_count = of_one.size();
  findings.near = Closest(of_two, usual);
  findings.twins = Closest(of_one, usual);
}

void FindEnds(const Sample& sample, Findings& findings) {
  std::vector<std::uint32_t> order(sample.size());
  const std::size_t ends = std::min(Findings::kEnds, std::max<std::size_t>(1, sample.size() / 2));
  const auto few = static_cast<std::ptrdiff_t>(std::min(ends, sample.size()));
  for (std::size_t k = 0; k < std::min(sample.components, Findings::kMaxComponents); ++k) {
    const auto score = [&](std::uint32_t i) { return sample.point(i)[k]; };
    const auto lower = [&](auto a, auto b) { return std::pair(score(a), a) < std::pair(score(b), b); };
    const auto higher = [&](auto a, auto b) { return std::pair(-score(a), a) < std::pair(-score(b), b); };
    ComponentEnds found;
    std::iota(order.begin(), order.end(), 0U);
    std::partial_sort(order.begin(), order.begin() + few, order.end(), lower);
    found.lowest.assign(order.begin(), order.begin() + few);
    std::partial_sort(order.begin(), order.begin() + few, order.end(), higher);
    found.highest.assign(order.begin(), order.begin() + few);
    findings.components.push_back(std::move(found));
  }
}

}  // namespace

Findings FindAll(const Sample& sample, const Neighbors& neighbors) {
  Findings findings;
  findings.classes.resize(sample.classes.size());
  FindNearestClasses(sample, findings.classes);
  FindPairs(sample, neighbors, findings);
  FindOdd(sample, findings);
  findings.usual_distance = MedianDistance(neighbors);
  FindNear(sample, neighbors, findings);
  FindEnds(sample, findings);
  return findings;
}

}  // namespace fruits::report

#include "fruits/stats/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "fruits/core/try.h"
#include "stats/blas.h"

namespace fruits {
namespace {

template <typename T>
Status CheckSizes(MatrixView<const T> a, MatrixView<const T> b) {
  if (a.rows() == b.rows() && a.cols() == b.cols() && a.rows() > 0) return {};
  return Fail(ErrorCode::kInvalidArgument, fmt::format("{} x {} beside {} x {}: expected rows of one size",
                                                       a.rows(), a.cols(), b.rows(), b.cols()));
}

double Cosine(std::span<const float> a, std::span<const float> b) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t j = 0; j < a.size(); ++j) {
    const double x = a[j], y = b[j];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  if (aa == 0 || bb == 0) return aa == bb ? 1 : 0;
  return ab / std::sqrt(aa * bb);
}

}  // namespace

Result<CosineSummary> CompareRows(MatrixView<const float> a, MatrixView<const float> b) {
  FRUITS_CHECK(CheckSizes(a, b));
  std::vector<double> cosines(a.rows());
  double sum = 0;
  for (std::size_t i = 0; i < a.rows(); ++i) sum += cosines[i] = Cosine(a.Row(i), b.Row(i));
  std::ranges::sort(cosines);
  return CosineSummary{.mean = sum / static_cast<double>(a.rows()),
                       .percentile_1 = cosines[(a.rows() - 1) / 100],
                       .min = cosines.front()};
}

Result<std::vector<double>> PrincipalAngles(MatrixView<const double> a, MatrixView<const double> b) {
  FRUITS_CHECK(CheckSizes(a, b));
  const std::size_t k = a.rows();
  std::vector<double> products(k * k);
  blas::Multiply(CblasTrans, k, k, a.cols(), a.data(), a.stride(), b.data(), b.stride(), 0, products.data(),
                 k);
  std::vector<double> angles(k);
  if (blas::SingularValues(k, products.data(), angles.data()) != 0)
    return Fail(ErrorCode::kInternal, "the angles between two sets of components were not found");
  for (double& angle : angles) angle = std::acos(std::min(angle, 1.0)) * 180 / std::numbers::pi;
  return angles;  // of falling cosines
}

}  // namespace fruits

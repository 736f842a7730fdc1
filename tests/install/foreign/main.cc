// A program of someone else's, built against an installed libfruits: lists photos, sums up rows, names the
// engine.
#include <array>
#include <cstdio>

#include "fruits/io/catalog.h"
#include "fruits/model/feature_extractor.h"
#include "fruits/stats/moments.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  fruits::CatalogOptions options;
  options.inputs = {argv[1]};
  auto catalog = fruits::ListCatalog(options);
  if (!catalog) {
    std::printf("error: %s\n", catalog.error().message().c_str());
    return 1;
  }
  for (std::size_t i = 0; i < catalog->size(); ++i) std::printf("photo %s\n", catalog->Path(i).c_str());

  const std::array<double, 6> rows = {1, 10, 2, 20, 3, 60};
  fruits::Moments moments(2);
  if (!moments.Add(fruits::MatrixView<const double>(rows.data(), 3, 2))) return 1;
  std::printf("mean %g %g\n", moments.mean()[0], moments.mean()[1]);
  std::printf("openvino %s\n", fruits::OpenVinoVersion().c_str());
  return 0;
}

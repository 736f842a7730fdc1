// fruits_stats_probe IN OUT: fits a scaler and a PCA to the tensor "rows" [n, d] of the safetensors file IN,
// and leaves in the folder OUT metadata.json, tensors.safetensors (as in fitted/) and projected.safetensors:
// scaled [n, d], projected [n, K]. For tests only.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "fruits/core/try.h"
#include "fruits/stats/fitted.h"
#include "fruits/stats/safetensors.h"
#include "fruits/stats/wide_pca.h"

namespace fruits {
namespace {

struct ProbeOptions {
  std::string in, out;
  StandardScaler::Options scaling;
  PcaOptions pca;
  std::size_t block = Moments::kBlockRows;
  std::size_t threads = 1;
  bool wide = false;
};

// Blocks counted by several threads, merged in order.
Result<Moments> CountBlocks(MatrixView<const double> rows, const ProbeOptions& options) {
  const std::size_t blocks = (rows.rows() + options.block - 1) / options.block;
  std::vector<Moments> parts(blocks, Moments(rows.cols()));
  std::vector<Status> results(blocks);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < options.threads; ++t) {
      threads.emplace_back([&, t] {
        for (std::size_t b = t; b < blocks; b += options.threads) {
          const std::size_t first = b * options.block;
          results[b] = parts[b].Add(rows.Rows(first, std::min(options.block, rows.rows() - first)));
        }
      });
    }
  }
  Moments moments(rows.cols());
  for (std::size_t b = 0; b < blocks; ++b) {
    FRUITS_CHECK(results[b]);
    FRUITS_CHECK(moments.Merge(parts[b]));
  }
  return moments;
}

Result<Fitted> FitRows(MatrixView<const double> rows, const ProbeOptions& options) {
  if (options.wide) {
    const auto read = [&](std::size_t first, MatrixView<float> out) -> Status {
      for (std::size_t i = 0; i < out.rows(); ++i) {
        std::ranges::transform(rows.Row(first + i), out.Row(i).begin(),
                               [](double x) { return static_cast<float>(x); });
      }
      return {};
    };
    FRUITS_TRY(Pca pca, WidePca::Fit(rows.rows(), rows.cols(), read, options.scaling, options.pca));
    return Fitted{std::move(pca), rows.rows(), {}, {}, ""};
  }
  FRUITS_TRY(Moments moments, CountBlocks(rows, options));
  FRUITS_TRY(StandardScaler scaler, StandardScaler::Fit(moments, options.scaling));
  FRUITS_TRY(Pca pca, Pca::Fit(moments, scaler, options.pca));
  return Fitted{std::move(pca), rows.rows(), std::move(moments), {}, "probe"};
}

Result<std::string> ProjectRows(MatrixView<const double> rows, const Pca& pca) {
  const std::size_t n = rows.rows(), d = rows.cols(), k = pca.components_count();
  std::vector<double> scaled(n * d), projected(n * k);
  for (std::size_t i = 0; i < n; ++i) {
    FRUITS_CHECK(pca.scaler().Transform(rows.Row(i), std::span(scaled).subspan(i * d, d)));
    FRUITS_CHECK(pca.Project(rows.Row(i), std::span(projected).subspan(i * k, k)));
  }
  return WriteSafetensors({{"scaled", {{n, d}, scaled}}, {"projected", {{n, k}, projected}}});
}

void Write(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

Status Probe(const ProbeOptions& options) {
  std::ifstream file(options.in, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  FRUITS_TRY(const auto tensors, ReadSafetensors(bytes));
  const auto found = tensors.find("rows");
  if (found == tensors.end() || found->second.shape.size() != 2) {
    return Fail(ErrorCode::kInvalidArgument, options.in + " has no matrix 'rows'");
  }
  const MatrixView<const double> rows(found->second.values.data(), found->second.shape[0],
                                      found->second.shape[1]);
  FRUITS_TRY(const Fitted fitted, FitRows(rows, options));
  FRUITS_TRY(const FittedFiles files, SerializeFitted(fitted));
  // What is projected with is what a reader of the files gets.
  FRUITS_TRY(const Fitted loaded, ParseFitted(files.metadata, files.tensors));
  FRUITS_TRY(const std::string projected, ProjectRows(rows, loaded.pca));
  const std::filesystem::path out(options.out);
  std::filesystem::create_directories(out);
  Write(out / kFittedTensorsFile, files.tensors);
  Write(out / kFittedMetadataFile, files.metadata);
  Write(out / "projected.safetensors", projected);
  return {};
}

}  // namespace
}  // namespace fruits

int main(int argc, char** argv) {
  fruits::ProbeOptions options;
  bool no_center = false, no_std = false;
  CLI::App app("Fits and projects the rows of a safetensors file");
  app.add_option("in", options.in)->required();
  app.add_option("out", options.out)->required();
  app.add_option("--components", options.pca.components);
  app.add_option("--variance", options.pca.variance);
  app.add_option("--block", options.block)->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads)->check(CLI::PositiveNumber);
  app.add_flag("--no-center", no_center);
  app.add_flag("--no-std", no_std);
  app.add_flag("--with-mean", options.scaling.with_mean);
  app.add_flag("--wide", options.wide, "by the Gram matrix, rows as float");
  CLI11_PARSE(app, argc, argv);
  options.pca.center = !no_center;
  options.scaling.with_std = !no_std;
  const fruits::Status status = fruits::Probe(options);
  if (status) return 0;
  std::cerr << status.error().message() << '\n';
  return 1;
}

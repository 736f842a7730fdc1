#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "errors.h"
#include "fruits/stats/fitted.h"
#include "fruits/stats/wide_pca.h"
#include "module.h"
#include "rows.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace fruits::python {
namespace {

StandardScaler FitScaler(const Moments& moments, bool with_mean, bool with_std) {
  return Value(StandardScaler::Fit(moments, {.with_std = with_std, .with_mean = with_mean}));
}

Fitted Fit(const Moments& moments, std::size_t components, double variance, bool center, bool with_mean,
           bool with_std, std::string fingerprint) {
  const nb::gil_scoped_release released;
  const StandardScaler scaler = FitScaler(moments, with_mean, with_std);
  Pca pca =
      Value(Pca::Fit(moments, scaler, {.components = components, .variance = variance, .center = center}));
  return {.pca = std::move(pca),
          .count = moments.count(),
          .moments = moments,
          .labels = std::nullopt,
          .fingerprint = std::move(fingerprint)};
}

// By the Gram matrix, for rows of more columns than a covariance matrix may have.
template <typename T>
Fitted FitWide(const Rows<T>& rows, std::size_t components, double variance, bool center, bool with_mean,
               bool with_std) {
  const nb::gil_scoped_release released;
  const MatrixView<const T> view = ViewOf(rows);
  const WidePca::ReadRows read = [&](std::size_t first, MatrixView<float> out) -> Status {
    for (std::size_t i = 0; i < out.rows(); ++i) {
      std::ranges::transform(view.Row(first + i), out.Row(i).begin(),
                             [](T value) { return static_cast<float>(value); });
    }
    return {};
  };
  Pca pca =
      Value(WidePca::Fit(rows.shape(0), rows.shape(1), read, {.with_std = with_std, .with_mean = with_mean},
                         {.components = components, .variance = variance, .center = center}));
  return {.pca = std::move(pca),
          .count = rows.shape(0),
          .moments = std::nullopt,
          .labels = std::nullopt,
          .fingerprint = {}};
}

template <typename T>
Matrix Project(const Fitted& fitted, const Rows<T>& rows) {
  Matrix out = NewMatrix(rows.shape(0), fitted.pca.components_count());
  const nb::gil_scoped_release released;
  const MatrixView<const T> view = ViewOf(rows);
  const std::size_t k = out.shape(1);
  for (std::size_t i = 0; i < view.rows(); ++i) {
    Check(fitted.pca.Project(view.Row(i), std::span(out.data() + i * k, k)));
  }
  return out;
}

template <typename T>
Matrix Scale(const StandardScaler& scaler, const Rows<T>& rows) {
  Matrix out = NewMatrix(rows.shape(0), scaler.dimension());
  const nb::gil_scoped_release released;
  const MatrixView<const T> view = ViewOf(rows);
  const std::size_t d = out.shape(1);
  for (std::size_t i = 0; i < view.rows(); ++i) {
    Check(scaler.Transform(view.Row(i), std::span(out.data() + i * d, d)));
  }
  return out;
}

nb::tuple Files(const Fitted& fitted) {
  const FittedFiles files = [&] {
    const nb::gil_scoped_release released;
    return Value(SerializeFitted(fitted));
  }();
  return nb::make_tuple(nb::bytes(files.metadata.data(), files.metadata.size()),
                        nb::bytes(files.tensors.data(), files.tensors.size()));
}

Fitted FromFiles(const nb::bytes& metadata, const nb::bytes& tensors) {
  const std::string_view metadata_text(metadata.c_str(), metadata.size());
  const std::string_view tensors_text(tensors.c_str(), tensors.size());
  const nb::gil_scoped_release released;
  return Value(ParseFitted(metadata_text, tensors_text));
}

Fitted WithoutMoments(const Fitted& fitted) {
  return {.pca = fitted.pca,
          .count = fitted.count,
          .moments = std::nullopt,
          .labels = std::nullopt,
          .fingerprint = fitted.fingerprint};
}

nb::object MomentsOf(const Fitted& fitted) { return fitted.moments ? nb::cast(*fitted.moments) : nb::none(); }

}  // namespace

void BindFitted(nb::module_& module) {
  nb::class_<StandardScaler>(module, "Scaler")
      .def_static("fit", &FitScaler, "moments"_a, "with_mean"_a, "with_std"_a)
      .def("transform", &Scale<float>, "rows"_a.noconvert())
      .def("transform", &Scale<double>, "rows"_a.noconvert())
      .def_prop_ro("dimension", &StandardScaler::dimension)
      .def_prop_ro(
          "mean", [](const StandardScaler& self) { return CopyOf(self.mean()); }, nb::rv_policy::move)
      .def_prop_ro("std", [](const StandardScaler& self) { return CopyOf(self.std()); }, nb::rv_policy::move);
  nb::class_<Fitted>(module, "Fitted")
      .def_static("fit", &Fit, "moments"_a, "components"_a, "variance"_a, "center"_a, "with_mean"_a,
                  "with_std"_a, "fingerprint"_a)
      .def_static("fit_wide", &FitWide<float>, "rows"_a.noconvert(), "components"_a, "variance"_a, "center"_a,
                  "with_mean"_a, "with_std"_a)
      .def_static("fit_wide", &FitWide<double>, "rows"_a.noconvert(), "components"_a, "variance"_a,
                  "center"_a, "with_mean"_a, "with_std"_a)
      .def_static("from_files", &FromFiles, "metadata"_a, "tensors"_a)
      .def("files", &Files, "metadata.json and tensors.safetensors, as bytes")
      .def("without_moments", &WithoutMoments, "What projects rows, and no more.")
      .def("project", &Project<float>, "rows"_a.noconvert())
      .def("project", &Project<double>, "rows"_a.noconvert())
      .def_prop_ro("scaler", [](const Fitted& self) { return self.pca.scaler(); })
      .def_prop_ro("moments", &MomentsOf)
      .def_prop_ro(
          "components", [](const Fitted& self) { return CopyOf(self.pca.components()); }, nb::rv_policy::move)
      .def_prop_ro(
          "eigenvalues", [](const Fitted& self) { return CopyOf(self.pca.eigenvalues()); },
          nb::rv_policy::move)
      .def_prop_ro("total_variance", [](const Fitted& self) { return self.pca.total_variance(); })
      .def_prop_ro("count", [](const Fitted& self) { return self.count; })
      .def_prop_ro("center", [](const Fitted& self) { return self.pca.center(); })
      .def_prop_ro("with_mean", [](const Fitted& self) { return self.pca.scaler().options().with_mean; })
      .def_prop_ro("with_std", [](const Fitted& self) { return self.pca.scaler().options().with_std; })
      .def_prop_ro("fingerprint", [](const Fitted& self) { return self.fingerprint; })
      .def("__getstate__", &Files)
      .def("__setstate__", [](Fitted& self, const std::pair<nb::bytes, nb::bytes>& files) {
        new (&self) Fitted(FromFiles(files.first, files.second));
      });
  module.attr("max_covariance_dimension") = kMaxCovarianceDimension;
}

}  // namespace fruits::python

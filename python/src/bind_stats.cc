#include <nanobind/stl/string.h>

#include <string_view>

#include "errors.h"
#include "fruits/stats/moments.h"
#include "module.h"
#include "rows.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace fruits::python {
namespace {

template <typename T>
void Add(Moments& moments, const Rows<T>& rows) {
  const nb::gil_scoped_release released;
  Check(moments.Add(ViewOf(rows)));
}

Moments Deserialize(const nb::bytes& bytes) {
  return Value(Moments::Deserialize(std::string_view(bytes.c_str(), bytes.size())));
}

nb::bytes Serialize(const Moments& moments) {
  const std::string bytes = [&] {
    const nb::gil_scoped_release released;
    return moments.Serialize();
  }();
  return nb::bytes(bytes.data(), bytes.size());
}

// D x D, both triangles.
Matrix Covariance(const Moments& moments) {
  if (moments.count() < 2) {
    throw Raised(Error(ErrorCode::kInvalidArgument, "covariance needs at least 2 rows, these moments have " +
                                                        std::to_string(moments.count())));
  }
  const std::size_t d = moments.dimension();
  Matrix out = NewMatrix(d, d);
  const double scale = 1 / static_cast<double>(moments.count() - 1);
  const double* from = moments.scatter().data();
  for (std::size_t i = 0; i < d; ++i) {
    for (std::size_t j = i; j < d; ++j) out.data()[i * d + j] = out.data()[j * d + i] = scale * *from++;
  }
  return out;
}

}  // namespace

void BindStats(nb::module_& module) {
  nb::class_<Moments>(
      module, "Moments",
      "Count, mean, scatter, min and max of a stream of feature rows, in one pass.\n\n"
      "Add() takes rows in blocks of at most 256; the result's bytes depend on how rows are cut\n"
      "into calls and on their order. merge() is associative up to rounding. One writer per\n"
      "object. Memory: 8 * (D * (D + 1) / 2 + 4 * D) bytes. Chan, Golub, LeVeque 1983.")
      .def(
          "__init__",
          [](Moments* self, std::size_t dimension) {
            if (dimension == 0) {
              throw Raised(Error(ErrorCode::kInvalidArgument, "dimension is 0: expected at least 1"));
            }
            new (self) Moments(dimension);
          },
          "dimension"_a)
      .def("add", &Add<float>, "rows"_a.noconvert(),
           "Adds rows (n x dimension, float32 or float64, C order). ValueError (width, NaN, infinity): "
           "unchanged.")
      .def("add", &Add<double>, "rows"_a.noconvert())
      .def(
          "merge", [](Moments& self, const Moments& other) { Check(self.Merge(other)); }, "other"_a,
          "Adds what another one holds. ValueError: another dimension; unchanged.")
      .def_prop_ro("dimension", &Moments::dimension)
      .def_prop_ro("count", &Moments::count, "Rows seen.")
      .def_prop_ro(
          "mean", [](const Moments& self) { return CopyOf(self.mean()); }, nb::rv_policy::move,
          "dimension values.")
      .def_prop_ro(
          "min", [](const Moments& self) { return CopyOf(self.min()); }, nb::rv_policy::move,
          "+inf while empty.")
      .def_prop_ro(
          "max", [](const Moments& self) { return CopyOf(self.max()); }, nb::rv_policy::move,
          "-inf while empty.")
      .def_prop_ro("covariance", &Covariance, nb::rv_policy::move,
                   "dimension x dimension, unbiased (n - 1). ValueError below 2 rows.")
      .def("to_bytes", &Serialize, "All of it, exactly; from_bytes() reads it.")
      .def_static("from_bytes", &Deserialize, "data"_a, "What to_bytes() gave. fruits.Error: damaged.")
      .def("__getstate__", &Serialize)
      .def("__setstate__",
           [](Moments& self, const nb::bytes& state) { new (&self) Moments(Deserialize(state)); });
}

}  // namespace fruits::python

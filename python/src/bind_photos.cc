#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <vector>

#include "arrow_data.h"
#include "errors.h"
#include "fruits/pipeline/photo_featurizer.h"
#include "module.h"
#include "run_options.h"
#include "signals.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace fruits::python {
namespace {

constexpr const char* kSchemaCapsule = "arrow_schema";
constexpr const char* kArrayCapsule = "arrow_array";

// The C data interface's rule: whoever did not move a structure out releases it.
template <typename Structure>
void Drop(void* pointer) noexcept {
  auto* structure = static_cast<Structure*>(pointer);
  if (structure->release) structure->release(structure);
  delete structure;
}

template <typename Structure>
nb::capsule Capsule(std::unique_ptr<Structure> structure, const char* name) {
  return nb::capsule(structure.release(), name, &Drop<Structure>);
}

template <typename Structure>
Structure& Behind(nb::handle capsule, const char* name) {
  void* pointer = PyCapsule_GetPointer(capsule.ptr(), name);
  if (!pointer) throw nb::python_error();
  return *static_cast<Structure*>(pointer);
}

// (schema, array) as __arrow_c_array__ gives them; an Arrow batch comes back in the same form.
nb::tuple Extract(PhotoFeaturizer& featurizer, nb::handle schema, nb::handle array, bool are_addresses) {
  ArrowBytes photos = Value(
      ImportBytes(Behind<ArrowSchema>(schema, kSchemaCapsule), Behind<ArrowArray>(array, kArrayCapsule)));
  FeatureRows rows = Value(FeatureRows::Make(photos.values.size(), featurizer.dimension()));
  Check(UntilSignal([&](const std::stop_source& source) -> Status {
    const std::stop_token stop = source.get_token();
    if (!are_addresses) return featurizer.Featurize(photos.values, rows.features(), rows.faults(), stop);
    std::vector<std::string> addresses;
    for (const auto value : photos.values) {
      addresses.emplace_back(reinterpret_cast<const char*>(value.data()), value.size());
    }
    return featurizer.FeaturizeFiles(addresses, rows.features(), rows.faults(), stop);
  }));
  for (std::size_t i = 0; i < photos.values.size(); ++i) {
    if (photos.is_null[i]) rows.faults()[i] = {.stage = "read", .reason = "null: expected a photo"};
  }
  auto out_schema = std::make_unique<ArrowSchema>();
  auto out_array = std::make_unique<ArrowArray>();
  Check(rows.Export(*out_schema, *out_array));
  return nb::make_tuple(Capsule(std::move(out_schema), kSchemaCapsule),
                        Capsule(std::move(out_array), kArrayCapsule));
}

std::unique_ptr<PhotoFeaturizer> Create(const OptionTexts& options) {
  const nb::gil_scoped_release released;
  return Value(PhotoFeaturizer::Create(Value(OptionsFrom(options))));
}

}  // namespace

void BindPhotos(nb::module_& module) {
  nb::class_<PhotoFeaturizer>(module, "PhotoFeaturizer")
      .def_static("create", &Create, "options"_a)
      .def("extract", &Extract, "schema"_a, "array"_a, "are_addresses"_a)
      .def_prop_ro("dimension", &PhotoFeaturizer::dimension)
      .def_prop_ro("input_width", &PhotoFeaturizer::input_width)
      .def_prop_ro("input_height", &PhotoFeaturizer::input_height)
      .def_prop_ro("batch_size", &PhotoFeaturizer::batch_size)
      .def_prop_ro("model", [](const PhotoFeaturizer& self) { return self.bundle().name; })
      .def_prop_ro(
          "precision", [](const PhotoFeaturizer& self) { return std::string(ToString(self.precision())); },
          "Arithmetic of the network: f32, bf16 or int8.")
      .def_prop_ro("precision_reason", &PhotoFeaturizer::precision_reason,
                   "Why, where precision auto chose it; else empty.")
      .def_prop_ro("fingerprint", [](const PhotoFeaturizer& self) { return self.fingerprint().Hex(); });
}

}  // namespace fruits::python

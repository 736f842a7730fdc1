#include <nanobind/nanobind.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "errors.h"
#include "fruits/core/try.h"
#include "fruits/model/cpu_guard.h"
#include "fruits/pipeline/compare.h"
#include "fruits/pipeline/quality.h"
#include "module.h"

namespace nb = nanobind;
using namespace nb::literals;

namespace fruits::python {
namespace {

Result<std::string> Compared(const std::string& reference, const std::string& other,
                             const QualityOptions& options) {
  Storage storage;
  FRUITS_TRY(const EvaluatedFeatures first, EvaluatedFeatures::Of(storage, reference, options));
  FRUITS_TRY(const EvaluatedFeatures second, EvaluatedFeatures::Of(storage, other, options));
  FRUITS_TRY(const FeatureAgreement agreement, second.AgreementWith(first));
  using Json = nlohmann::json;
  return Json{{"reference", Json::parse(ToJson(first.quality(), options.components))},
              {"other", Json::parse(ToJson(second.quality(), options.components))},
              {"agreement", Json::parse(ToJson(agreement))}}
      .dump();
}

std::string CompareFeatures(const std::string& reference, const std::string& other,
                            const std::vector<std::size_t>& components, const std::string& group) {
  const nb::gil_scoped_release released;
  return Value(
      Compared(reference, other, {.components = components, .group = group, .working_directory = ""}));
}

nb::dict Cpu() {
  const CpuFacts cpu = AllowedCpu();
  nb::dict dict;
  dict["isa"] = IsaName(cpu);
  dict["vnni"] = cpu.has_vnni();
  return dict;
}

}  // namespace

void BindQuality(nb::module_& module) {
  module.def(
      "compare_features", &CompareFeatures, "reference"_a, "other"_a, "components"_a, "group"_a,
      "JSON: how good the features of two extracts are, and how much the other agrees with the reference.");
  module.def(
      "check_group", [](const std::string& group) { Check(CheckGroup(group)); }, "group"_a,
      "ValueError: compare_features() would refuse it.");
  module.def("cpu", &Cpu);
}

}  // namespace fruits::python

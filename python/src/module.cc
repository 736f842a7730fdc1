#include "module.h"

#include <nanobind/stl/string.h>

#include <string>

#include "errors.h"
#include "fruits/core/version.h"

NB_MODULE(_core, module) {
  module.doc() = "The native engine. Use the classes of the package fruits.";
  module.attr("version") = std::string(fruits::Version());
  fruits::python::BindErrors(module);
  fruits::python::BindStats(module);
  fruits::python::BindFitted(module);
  fruits::python::BindPhotos(module);
  fruits::python::BindRun(module);
  fruits::python::BindQuality(module);
}

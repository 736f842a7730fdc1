// One function a room: each adds its classes to fruits._core.
#pragma once

#include <nanobind/nanobind.h>

namespace fruits::python {

void BindStats(nanobind::module_& module);
void BindFitted(nanobind::module_& module);
void BindPhotos(nanobind::module_& module);
void BindRun(nanobind::module_& module);
void BindQuality(nanobind::module_& module);

}  // namespace fruits::python

#include "errors.h"

#include <string>

namespace nb = nanobind;

namespace fruits::python {
namespace {

nb::handle error_type;  // fruits.Error, as long as the module

nb::handle TypeOf(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
      return PyExc_ValueError;
    case ErrorCode::kNotFound:
      return PyExc_FileNotFoundError;
    case ErrorCode::kIo:
    case ErrorCode::kUnavailable:
      return PyExc_OSError;
    case ErrorCode::kCancelled:
      return PyExc_KeyboardInterrupt;
    default:
      return error_type;
  }
}

void Raise(const Error& error) {
  const nb::handle type = TypeOf(error.code());
  nb::object value = type(nb::str(error.message().c_str(), error.message().size()));
  if (type.is(error_type)) {
    const std::string_view code = ToString(error.code());
    value.attr("code") = nb::str(code.data(), code.size());
  }
  PyErr_SetObject(type.ptr(), value.ptr());
}

}  // namespace

void BindErrors(nb::module_& module) {
  nb::object type = nb::steal(PyErr_NewExceptionWithDoc(
      "fruits.Error",
      "What is neither a wrong argument (ValueError) nor a file or server that fails (OSError).\n\n"
      "`code` says which: 'corrupt data', 'failed precondition', 'resource exhausted' or 'internal error'.",
      PyExc_Exception, nullptr));
  if (!type.is_valid()) throw nb::python_error();
  module.attr("Error") = type;
  error_type = type.release();
  nb::register_exception_translator([](const std::exception_ptr& raised, void*) {
    try {
      std::rethrow_exception(raised);
    } catch (const Raised& what) {
      Raise(what.error());
    }
  });
}

}  // namespace fruits::python

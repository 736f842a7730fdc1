// The one place where OpenVINO's exceptions become values.
//
//   return CatchOpenVino(ErrorCode::kCorrupt, "cannot read " + path, [&] { return core.read_model(path); });
//
// Threads: no state.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "fruits/core/error.h"

namespace fruits {

// What a caught exception says, on one line and without OpenVINO's source places. `code` unless memory ran
// out.
Error ErrorFromException(std::exception_ptr exception, ErrorCode code, std::string_view context);

// Runs `function`; what it throws becomes an Error of `code` with `context: ` before it.
template <typename Function>
auto CatchOpenVino(ErrorCode code, std::string_view context, Function&& function)
    -> Result<std::invoke_result_t<Function>> {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Function>>) {
      std::forward<Function>(function)();
      return {};
    } else {
      return std::forward<Function>(function)();
    }
  } catch (...) {
    return std::unexpected(ErrorFromException(std::current_exception(), code, context));
  }
}

}  // namespace fruits

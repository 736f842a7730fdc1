// page/page.html, which web/report builds, as it is compiled into the program. Threads: any.
#pragma once

#include <string_view>

namespace fruits::report {

// Has the two markers below, once each.
extern const std::string_view kPage;
inline constexpr std::string_view kDataMark = "<!--fruits:data-->";
inline constexpr std::string_view kThumbnailsMark = "<!--fruits:thumbnails-->";

}  // namespace fruits::report

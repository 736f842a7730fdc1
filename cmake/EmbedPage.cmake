# cmake -DPAGE=page.html -DOUTPUT=page_file.cc -P EmbedPage.cmake: the page as a C++ string. It goes into the
# program, which then needs no file beside it, and no Node to be built.
file(READ "${PAGE}" text)
string(FIND "${text}" ")fruits_page\"" end)
if(NOT end EQUAL -1)
  message(FATAL_ERROR "${PAGE}: it holds the end mark of a string literal")
endif()
file(WRITE "${OUTPUT}" "#include \"report/page_file.h\"\n\nnamespace fruits::report {\n\n"
     "const std::string_view kPage = R\"fruits_page(${text})fruits_page\";\n\n}  // namespace fruits::report\n")

/*
 * jsc_api.h -- the part of JavaScriptCore's C API that is used here.
 *
 * Debian's libjavascriptcoregtk-6.0 exports the C API (JS* symbols, unchanged since
 * 2008) but its -dev package ships only the GObject headers, so the declarations are
 * here.  A wrong name fails at link time.  Only vm.c and natives.c include this.
 */
#ifndef TY_SANDBOX_JSC_API_H
#define TY_SANDBOX_JSC_API_H

#include <stdbool.h>
#include <stddef.h>

typedef const struct OpaqueJSContextGroup *JSContextGroupRef;
typedef const struct OpaqueJSContext *JSContextRef;
typedef struct OpaqueJSContext *JSGlobalContextRef;
typedef struct OpaqueJSString *JSStringRef;
typedef struct OpaqueJSClass *JSClassRef;
typedef const struct OpaqueJSValue *JSValueRef;
typedef struct OpaqueJSValue *JSObjectRef;
typedef struct OpaqueJSScript *JSScriptRef;
typedef unsigned short JSChar; /* a UTF-16 unit */

typedef JSValueRef (*JSObjectCallAsFunctionCallback)(JSContextRef ctx, JSObjectRef function,
						     JSObjectRef this_object, size_t argc,
						     const JSValueRef argv[],
						     JSValueRef *exception);

/* Applies to contexts made from now on. */
void JSRemoteInspectorSetInspectionEnabledByDefault(bool enabled);

JSContextGroupRef JSContextGroupCreate(void);
JSGlobalContextRef JSGlobalContextCreateInGroup(JSContextGroupRef group, JSClassRef cls);
void JSGlobalContextRelease(JSGlobalContextRef ctx);
JSGlobalContextRef JSContextGetGlobalContext(JSContextRef ctx);
/* 'function' gets the promise and the reason, after the promises of a call have run. */
void JSGlobalContextSetUnhandledRejectionCallback(JSGlobalContextRef ctx, JSObjectRef function,
						  JSValueRef *exception);

JSValueRef JSEvaluateScript(JSContextRef ctx, JSStringRef script, JSObjectRef this_object,
			    JSStringRef url, int first_line, JSValueRef *exception);
/* A source that keeps its hash, so that its code is found again without reading it all. */
JSScriptRef JSScriptCreateFromString(JSContextGroupRef group, JSStringRef url, int first_line,
				     JSStringRef source, JSStringRef *error_message,
				     int *error_line);
JSValueRef JSScriptEvaluate(JSContextRef ctx, JSScriptRef script, JSValueRef this_value,
			    JSValueRef *exception);
bool JSCheckScriptSyntax(JSContextRef ctx, JSStringRef script, JSStringRef url, int first_line,
			 JSValueRef *exception);
/* JSGarbageCollect only hints; this one collects before it returns. */
void JSSynchronousGarbageCollectForDebugging(JSContextRef ctx);

JSStringRef JSStringCreateWithCharacters(const JSChar *chars, size_t count);
JSStringRef JSStringCreateWithUTF8CString(const char *s);
void JSStringRelease(JSStringRef s);
size_t JSStringGetLength(JSStringRef s);
const JSChar *JSStringGetCharactersPtr(JSStringRef s);
size_t JSStringGetMaximumUTF8CStringSize(JSStringRef s);
size_t JSStringGetUTF8CString(JSStringRef s, char *out, size_t size);

bool JSValueIsString(JSContextRef ctx, JSValueRef value);
bool JSValueIsUndefined(JSContextRef ctx, JSValueRef value);
bool JSValueIsObject(JSContextRef ctx, JSValueRef value);
JSValueRef JSValueMakeUndefined(JSContextRef ctx);
JSValueRef JSValueMakeBoolean(JSContextRef ctx, bool b);
double JSValueToNumber(JSContextRef ctx, JSValueRef value, JSValueRef *exception);
JSValueRef JSValueMakeNumber(JSContextRef ctx, double n);
JSValueRef JSValueMakeString(JSContextRef ctx, JSStringRef s);
JSStringRef JSValueToStringCopy(JSContextRef ctx, JSValueRef value, JSValueRef *exception);
JSObjectRef JSValueToObject(JSContextRef ctx, JSValueRef value, JSValueRef *exception);
void JSValueProtect(JSContextRef ctx, JSValueRef value);
void JSValueUnprotect(JSContextRef ctx, JSValueRef value);

JSObjectRef JSObjectMakeFunctionWithCallback(JSContextRef ctx, JSStringRef name,
					     JSObjectCallAsFunctionCallback fn);
JSValueRef JSObjectCallAsFunction(JSContextRef ctx, JSObjectRef function, JSObjectRef this_object,
				  size_t argc, const JSValueRef argv[], JSValueRef *exception);

#endif

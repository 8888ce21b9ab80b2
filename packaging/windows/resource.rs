//! Icon, version and manifest of the program on Windows. Other systems keep them beside the program.

fn main() {
    println!("cargo::rerun-if-changed=packaging/windows/resource.rs");
    println!("cargo::rerun-if-changed=packaging/windows/export-desk.ico");
    #[cfg(windows)]
    windows();
}

#[cfg(windows)]
fn windows() {
    /// Long paths, and controls of the current style in the file dialogs.
    const MANIFEST: &str = r#"<assembly xmlns="urn:schemas-microsoft-com:asm.v1" manifestVersion="1.0">
  <dependency><dependentAssembly><assemblyIdentity type="win32" name="Microsoft.Windows.Common-Controls"
    version="6.0.0.0" processorArchitecture="*" publicKeyToken="6595b64144ccf1df" language="*"/></dependentAssembly></dependency>
  <trustInfo xmlns="urn:schemas-microsoft-com:asm.v3"><security><requestedPrivileges>
    <requestedExecutionLevel level="asInvoker" uiAccess="false"/></requestedPrivileges></security></trustInfo>
  <application xmlns="urn:schemas-microsoft-com:asm.v3"><windowsSettings>
    <longPathAware xmlns="http://schemas.microsoft.com/SMI/2016/WindowsSettings">true</longPathAware>
  </windowsSettings></application>
</assembly>"#;
    let mut resource = winresource::WindowsResource::new();
    resource.set_icon("packaging/windows/export-desk.ico").set_manifest(MANIFEST);
    resource.set("ProductName", "Export Desk").set("FileDescription", "Export Desk");
    resource.compile().expect("the Windows SDK compiles the resource");
}

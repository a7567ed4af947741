/** Excalidraw in this page's clothes: no libraries, no services, nothing that leads to another origin. */
import '@excalidraw/excalidraw/index.css';
import { Excalidraw, MainMenu } from '@excalidraw/excalidraw';
import type { ExcalidrawImperativeAPI, ExcalidrawProps } from '@excalidraw/excalidraw/types';
import { memo } from 'react';
import { createRoot } from 'react-dom/client';

export type Api = ExcalidrawImperativeAPI;
export type View = { editable: boolean; theme: 'light' | 'dark' };

export interface CanvasOptions extends Pick<ExcalidrawProps, 'onScrollChange' | 'generateIdForFile' | 'initialData'> {
  /** Called after every rendering; the first call is when the canvas is ready. */
  changed: NonNullable<ExcalidrawProps['onChange']>;
}

export interface Canvas {
  api: Api;
  show: (view: View) => void;
}

const UI = { canvasActions: { loadScene: false, saveToActiveFile: false, export: false, toggleTheme: false, saveAsImage: true, clearCanvas: true }, welcomeScreen: false } as const;

/** Its parts are the same for ever, so it is drawn once. */
const Menu = memo(() => (
  <MainMenu>
    <MainMenu.DefaultItems.SaveAsImage />
    <MainMenu.DefaultItems.SearchMenu />
    <MainMenu.DefaultItems.Help />
    <MainMenu.DefaultItems.ClearCanvas />
    <MainMenu.Separator />
    <MainMenu.DefaultItems.ChangeCanvasBackground />
  </MainMenu>
));

/** Builds the canvas into `root`; resolves once it can be drawn on. */
export function mountCanvas(root: HTMLElement, first: View, options: CanvasOptions): Promise<Canvas> {
  const { changed, ...given } = options;
  const react = createRoot(root);
  return new Promise((resolve) => {
    let api: Api | undefined;
    let ready = false;
    const onChange: NonNullable<ExcalidrawProps['onChange']> = (...all) => {
      if (!ready && api) {
        ready = true;
        resolve({ api, show });
      }
      changed(...all);
    };
    const takeApi = (taken: Api) => {
      api = taken;
    };
    const show = ({ editable, theme }: View) =>
      react.render(
        <Excalidraw
          {...given}
          excalidrawAPI={takeApi}
          onChange={onChange}
          viewModeEnabled={!editable}
          theme={theme}
          UIOptions={UI}
          langCode="en"
          name="Whiteboard"
          aiEnabled={false}
          validateEmbeddable={false}
          autoFocus
          handleKeyboardGlobally
        >
          <Menu />
        </Excalidraw>,
      );
    show(first);
  });
}
